internal import CLinux
internal import Glibc
package import SystemPackage

/// An open directory below which everything is reached with `openat2`, so that no name, symlink, magic link, `..` or
/// mount that a hostile owner of the tree puts there leads out of it.
///
/// A mount point below it fails with `EXDEV`, a symlink in the way with `ELOOP`.
/// See: 'man 2 openat2', RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV.
package struct RootedDirectory: ~Copyable {
    private let handle: OwnedDescriptor
    /// The most bytes handed to one `openat2` call; Linux refuses paths of 4096 bytes, so a longer one goes in parts.
    private static let pathChunkLimit = 3800

    /// Takes over an open directory.
    package init(owning handle: consuming OwnedDescriptor) {
        self.handle = handle
    }

    /// Opens the trusted path of a root directory, which may lead over symlinks that the host's owner made.
    package init(path: [UInt8]) throws(Errno) {
        let number = FileName.withCString(path) { path in
            vz_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | vz_o_noatime, 0)
        }
        self.handle = try OwnedDescriptor.checked(number)
    }

    /// The descriptor number, to be used only while this value lives.
    package var number: Int32 { self.handle.number }

    /// A second handle of the same directory.
    package func duplicated() throws(Errno) -> RootedDirectory {
        RootedDirectory(owning: try OwnedDescriptor.checked(vz_duplicate(self.number)))
    }

    /// Opens the directory at `path` (bytes, `/` between names, empty for this one) for reading.
    package func directory(at path: some Collection<UInt8>) throws(Errno) -> RootedDirectory {
        let flags = O_RDONLY | O_DIRECTORY | vz_o_noatime
        return RootedDirectory(owning: try self.open(path.isEmpty ? [UInt8(ascii: ".")] : Array(path), flags))
    }

    /// Opens whatever `path` names without opening it for use (`O_PATH`): no fifo waits, no device wakes up.
    package func entry(at path: some Collection<UInt8>) throws(Errno) -> OwnedDescriptor {
        try self.open(path.isEmpty ? [UInt8(ascii: ".")] : Array(path), vz_o_path | O_NOFOLLOW)
    }

    /// The status of one name here; a symlink's own.
    package func status(of name: [UInt8]) throws(Errno) -> FileStatus {
        try FileStatus(below: self.number, name: name)
    }

    /// Calls `body` with each name here, `.` and `..` left out.
    package func forEachName(_ body: ([UInt8]) -> Void) throws(Errno) {
        var reader = DirectoryReader(self.number)
        while let block = try reader.next() { block.forEach(body) }
    }

    private func open(_ path: [UInt8], _ flags: Int32) throws(Errno) -> OwnedDescriptor {
        var rest = path[...]
        var base: OwnedDescriptor?
        while rest.count > Self.pathChunkLimit {
            let window = rest.prefix(Self.pathChunkLimit)
            guard let slash = window.lastIndex(of: UInt8(ascii: "/")) else { throw .fileNameTooLong }
            base = try Self.openBeneath(base?.number ?? self.number, rest[..<slash], vz_o_path | O_DIRECTORY)
            rest = rest[(slash + 1)...]
        }
        return try Self.openBeneath(base?.number ?? self.number, rest, flags)
    }

    private static func openBeneath(
        _ directory: Int32, _ path: ArraySlice<UInt8>, _ flags: Int32
    ) throws(Errno) -> OwnedDescriptor {
        try OwnedDescriptor.checked(FileName.withCString(path) { vz_open_beneath(directory, $0, flags, 0) })
    }
}

/// Reads an open directory block after block, from its start: the one way to names.
package struct DirectoryReader: ~Copyable {
    private let directory: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)

    /// - Parameter directory: an open descriptor that outlives this; only its position is changed.
    package init(_ directory: Int32) {
        self.directory = directory
        lseek(directory, 0, SEEK_SET)
    }

    deinit { self.buffer.deallocate() }

    /// The next names, good until the next call; `nil` at the end.
    package mutating func next() throws(Errno) -> DirectoryBlock? {
        let filled = vz_getdents(self.directory, self.buffer.baseAddress, self.buffer.count)
        guard filled >= 0 else { throw Errno.last }
        return filled == 0 ? nil : DirectoryBlock(UnsafeRawBufferPointer(rebasing: self.buffer[..<filled]))
    }
}

/// The names in one block of records that getdents64(2) has filled in, in the order of the directory.
///
/// `struct linux_dirent64`: inode 8 bytes, offset 8, length 2, type 1, and the NUL-terminated name. `.` and `..`, and
/// what can be no name, are left out.
package struct DirectoryBlock: Sequence, IteratorProtocol {
    private let records: UnsafeRawBufferPointer
    private var start = 0

    /// The records are read for as long as this is used.
    fileprivate init(_ records: UnsafeRawBufferPointer) { self.records = records }

    package mutating func next() -> [UInt8]? {
        while self.start < self.records.count {
            let length = Int(self.records.loadUnaligned(fromByteOffset: self.start + 16, as: UInt16.self))
            let name = self.records[(self.start + 19)..<(self.start + length)].prefix { $0 != 0 }
            self.start += length
            if FileName.isValid(name) { return Array(name) }
        }
        return nil
    }
}
