internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// One entry of a base, as the source of its own copy.
///
/// The copy shares no inode with it: content is cloned where the file system can (its blocks are then shared until
/// somebody writes), else copied. What the copy's digest says was read of the copy, so nothing about the base is taken
/// on trust.
final class BaseEntry: EntrySource {
    /// Bytes of content that were read of it.
    private(set) var bytes: UInt64 = 0

    private let handle: OwnedDescriptor
    private let path: [UInt8]
    private var names: ArraySlice<[UInt8]>
    private let mayClone: Bool
    /// False once the file system has said that it clones nothing from there.
    private(set) var canClone: Bool
    private let check: () throws(TransferError) -> Void

    /// - Parameters:
    ///   - handle: an `O_PATH` one.
    ///   - path: its path, for messages.
    ///   - mayClone: whether to try that first.
    ///   - check: throws where the work is to end early.
    /// - Throws: where its attributes cannot be listed.
    init(
        _ handle: consuming OwnedDescriptor, path: [UInt8], mayClone: Bool,
        check: @escaping () throws(TransferError) -> Void
    ) throws(TransferError) {
        let number = handle.number
        self.names = try TransferError.wrap("listxattr", path) { () throws(Errno) in
            try ExtendedAttributes.names(number)[...]
        }
        self.handle = handle
        self.path = path
        self.mayClone = mayClone
        self.canClone = mayClone
        self.check = check
    }

    func fill(_ number: Int32, _ entry: inout TreeEntry) throws(TransferError) {
        let isCloned: Bool
        if self.mayClone { isCloned = try self.clone(to: number) } else { isCloned = false }
        var reader = try TransferError.wrap("open", self.path) { () throws(Errno) -> ContentReader in
            guard isCloned else { return try ContentReader(self.handle, size: entry.size) }
            let copy = try OwnedDescriptor.checked(vz_duplicate(number))
            entry.size = try FileStatus(of: copy).raw.size
            return try ContentReader(copy, size: entry.size)
        }
        var hasher = ContentHasher()
        while true {
            try self.check()
            let piece: (offset: UInt64, bytes: UnsafeRawBufferPointer)?
            do { piece = try reader.next() } catch { throw .system(error, "read", self.path) }
            guard let piece else { break }
            hasher.add(offset: piece.offset, piece.bytes)
            if !isCloned { try EntryMaker.write(piece.bytes, at: piece.offset, to: number, self.path) }
            self.bytes += UInt64(piece.bytes.count)
        }
        entry.size = reader.shrunkTo ?? entry.size
        if !isCloned { try EntryMaker.setLength(entry.size, of: number, self.path) }
        entry.content = hasher.finish(size: entry.size)
    }

    func nextAttribute() throws(TransferError) -> (name: [UInt8], value: [UInt8])? {
        while let name = self.names.popFirst() {
            let value = try TransferError.wrap("getxattr", self.path) { () throws(Errno) in
                try ExtendedAttributes.value(self.handle.number, name)
            }
            if let value { return (name, value) }
        }
        return nil
    }

    /// - Returns: false where this file has to be copied.
    private func clone(to number: Int32) throws(TransferError) -> Bool {
        let code: Errno
        do throws(Errno) {
            let flags = O_RDONLY | O_NONBLOCK | vz_o_noatime
            let source = try OwnedDescriptor.checked(vz_reopen(self.handle.number, flags))
            if vz_clone(number, source.number) == 0 { return true }
            code = Errno.last
        } catch { throw .system(error, "open", self.path) }
        switch code {
        case .improperLink, .notSupported, .inappropriateIOCTLForDevice:
            self.canClone = false
            return false
        // One that is copied on no write, or the like.
        case .invalidArgument, .textFileBusy: return false
        default: throw .system(code, "clone", self.path)
        }
    }
}
