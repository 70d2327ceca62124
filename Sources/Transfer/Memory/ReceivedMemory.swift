internal import Glibc
package import Host
internal import SystemPackage

/// A memory that has arrived whole: what is on record of it beside the images, for another process of ours.
package struct ReceivedMemory: Hashable, Sendable {
    /// How many passes it took.
    package let passes: UInt32
    /// Of all its pages.
    package let digest: ByteDigest

    init(passes: UInt32, digest: ByteDigest) {
        self.passes = passes
        self.digest = digest
    }

    /// Reads the record.
    ///
    /// - Returns: `nil` where the memory has not arrived whole.
    package init?(recordedIn root: String) throws(FileError) {
        guard DurableFile.exists(Self.path(root)) else { return nil }
        let bytes = try DurableFile.read(Self.path(root), limit: 36)
        guard bytes.count == 36 else { throw FileError("read the digest in", Self.path(root), errno: EINVAL) }
        self.passes = bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        self.digest = ByteDigest(bytes[4...])
    }

    /// Writes the record; from now on the memory counts as whole.
    func record(in root: String) throws(TransferError) {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: self.passes >> ($0 * 8)) }
        do throws(FileError) {
            try DurableFile.write(number + self.digest.bytes, to: Self.path(root), mode: 0o600)
        } catch {
            throw .system(Errno(rawValue: error.errno), "write", Array(Self.path(root).utf8))
        }
    }

    /// Puts the images of the last pass to those of the dump, which were sent another way.
    ///
    /// - Parameters:
    ///   - root: where the memory was received.
    ///   - images: the dump's directory, a sister of `root`.
    /// - Throws: what cannot be moved; it may be tried again.
    package func join(_ root: String, to images: String) throws(FileError) {
        let last = "\(root)/\(self.passes)"
        for name in try DurableFile.names(in: last) where name != "parent" {
            try DurableFile.rename("\(last)/\(name)", to: "\(images)/\(name)")
        }
        guard self.passes > 1 else { return }
        let parent = "../\(root.split(separator: "/").last ?? "")/\(self.passes - 1)"
        guard symlink(parent, "\(images)/parent") == 0 || Errno.last == .fileExists else {
            throw FileError("link", "\(images)/parent", errno: Errno.last.rawValue)
        }
    }

    private static func path(_ root: String) -> String { "\(root)/whole" }
}

/// The images of one process in one pass, as they are written.
final class ReceivedProcess {
    /// Inside the container.
    let number: UInt32
    /// What is held of it when the pass has ended.
    private(set) var table = PageTable()
    private var before: PageTable
    private var image: PagemapImage
    private let pages: OwnedDescriptor
    private let directory: String
    private var offset: UInt64 = 0

    init(_ number: UInt32, pagesID: UInt32, in directory: String, before: PageTable) throws(TransferError) {
        self.number = number
        self.before = before
        self.before.rewind()
        self.image = PagemapImage(pagesID: pagesID)
        self.directory = directory
        let path = "\(directory)/\(PagemapImage.pagesName(pagesID))"
        self.pages = try TransferError.wrap("create", Array(path.utf8)) { () throws(Errno) in
            try OwnedDescriptor.checked(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        }
    }

    /// Takes pages over from the pass before.
    ///
    /// - Returns: false where one of them is not there, or not behind all others.
    func keep(_ address: UInt64, _ count: UInt64, _ digest: inout MemoryDigest) throws(TransferError) -> Bool {
        guard self.isNext(address, count) else { return false }
        for index in 0..<count {
            let place = address + index * UInt64(PageHash.pageSize)
            guard let hash = self.before.find(place) else { return false }
            self.table.append(place, hash)
            digest.add(place, hash)
        }
        self.note(address, count, .parent)
        return true
    }

    /// Writes down that pages come later.
    ///
    /// - Returns: false where they are not behind all others.
    func leave(_ address: UInt64, _ count: UInt64, _ digest: inout MemoryDigest) -> Bool {
        guard self.isNext(address, count), count <= Self.followingLimit else { return false }
        for index in 0..<count { digest.add(address + index * UInt64(PageHash.pageSize), .following) }
        self.note(address, count, .process)
        return true
    }

    /// The most pages of one such run: 16 TiB. It bounds what a peer can have us do with one message.
    private static let followingLimit: UInt64 = 1 << 32

    /// Writes pages.
    ///
    /// - Returns: false where they are not behind all others.
    func write(
        _ address: UInt64, _ bytes: UnsafeRawBufferPointer, _ digest: inout MemoryDigest
    ) throws(TransferError) -> Bool {
        let count = UInt64(bytes.count / PageHash.pageSize)
        guard self.isNext(address, count), let start = bytes.baseAddress else { return false }
        for offset in stride(from: 0, to: bytes.count, by: PageHash.pageSize) {
            let hash = PageHash(of: start + offset)
            self.table.append(address + UInt64(offset), hash)
            digest.add(address + UInt64(offset), hash)
        }
        try self.write(bytes)
        self.note(address, count, .present)
        return true
    }

    /// Writes down which pages there are.
    func close() throws(TransferError) {
        let path = "\(self.directory)/\(PagemapImage.name(ofProcess: self.number))"
        do throws(FileError) {
            try DurableFile.write(self.image.bytes, to: path, mode: 0o600, replacing: false)
        } catch {
            throw .system(Errno(rawValue: error.errno), "write", Array(path.utf8))
        }
    }

    private func isNext(_ address: UInt64, _ count: UInt64) -> Bool {
        address % UInt64(PageHash.pageSize) == 0 && address >= self.image.runs.last?.end ?? 0
            && count > 0 && count < 1 << 40 && address < 1 << 57
    }

    private func note(_ address: UInt64, _ count: UInt64, _ place: PagemapImage.Place) {
        if let last = self.image.runs.last, last.place == place, last.end == address {
            let count = last.pageCount + count
            self.image.runs[self.image.runs.count - 1] = .init(address: last.address, pageCount: count, place: place)
        } else {
            self.image.runs.append(.init(address: address, pageCount: count, place: place))
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(self.pages.number, rest.baseAddress, rest.count, off_t(self.offset))
            guard count > 0 || Errno.last == .interrupted else {
                throw .system(Errno.last, "write pages of process \(self.number)", Array(self.directory.utf8))
            }
            done += max(0, count)
            self.offset += UInt64(max(0, count))
        }
    }
}
