internal import CLinux
internal import Crypto
internal import Glibc
internal import Host
internal import SystemPackage

/// The extended attributes of one inode, of all namespaces that root reads: user, trusted, security (capabilities,
/// labels) and system (ACLs). Values are at most 64 KiB each and are never held two at a time.
enum ExtendedAttributes {
    /// The longest value of one attribute, in bytes. See: 'man 7 xattr'.
    static let valueLimit = 64 << 10
    /// The longest name of one attribute, in bytes.
    static let nameLimit = 255

    /// The names on the inode that `number` (also an `O_PATH` one) stands for, sorted; none where there can be none.
    static func names(_ number: Int32) throws(Errno) -> [[UInt8]] {
        let first = vz_list_xattr(number, nil, 0)
        if first == 0 { return [] }
        if first < 0 {
            if Errno.last == .notSupported { return [] }
            throw Errno.last
        }
        var list = [CChar](repeating: 0, count: 64 << 10)
        let count = vz_list_xattr(number, &list, list.count)
        guard count >= 0 else { throw Errno.last }
        return list[..<count].split(separator: 0).map { $0.map { UInt8(bitPattern: $0) } }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The value of one attribute, or `nil` when it is gone by now.
    static func value(_ number: Int32, _ name: [UInt8]) throws(Errno) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: self.valueLimit)
        let count = FileName.withCString(name) { vz_get_xattr(number, $0, &value, self.valueLimit) }
        if count < 0 {
            if Errno.last == .noData { return nil }
            throw Errno.last
        }
        value.removeLast(value.count - count)
        return value
    }

    /// SHA-256 over all names and values in order, each behind its length; zero without any attribute.
    static func digest(_ number: Int32) throws(Errno) -> ByteDigest {
        var hasher: AttributeHasher?
        for name in try self.names(number) {
            guard let value = try self.value(number, name) else { continue }
            var next = hasher ?? AttributeHasher()
            next.add(name, value)
            hasher = next
        }
        return hasher?.finish() ?? .zero
    }

    /// Sets one attribute.
    static func set(_ number: Int32, _ name: [UInt8], _ value: [UInt8]) throws(Errno) {
        guard FileName.withCString(name, { vz_set_xattr(number, $0, value, value.count) }) == 0 else {
            throw Errno.last
        }
    }

    /// Removes one attribute; that it was not there is no error.
    static func remove(_ number: Int32, _ name: [UInt8]) throws(Errno) {
        guard FileName.withCString(name, { vz_remove_xattr(number, $0) }) != 0 else { return }
        if Errno.last != .noData { throw Errno.last }
    }
}

/// Digests attributes as they come, in the order of their names.
struct AttributeHasher {
    private var hasher = SHA256()

    mutating func add(_ name: [UInt8], _ value: [UInt8]) {
        var bytes = MessageBytes()
        bytes.add(counted: name)
        bytes.add(counted: value)
        self.hasher.update(data: bytes.bytes)
    }

    func finish() -> ByteDigest { ByteDigest(self.hasher.finalize()) }
}

/// The inode flags of chattr that travel.
///
/// Left out: what the file system sets on its own (extents, inline data, indexed), and what can only be set on an empty
/// file or a whole project (no-copy-on-write, casefold, project inheritance, compression).
/// See: 'man 2 ioctl_iflags', linux/fs.h.
enum InodeFlags {
    /// Immutable and append-only: while one is set even root can change nothing.
    static let locking: UInt32 = 0x10 | 0x20
    /// Those compared and set: S, i, a, d, A, j, D, T.
    static let travelling: UInt32 = 0x08 | locking | 0x40 | 0x80 | 0x4000 | 0x10000 | 0x20000

    /// The travelling flags of an open regular file or directory; none where the file system knows no flags.
    static func read(_ number: Int32) throws(Errno) -> UInt32 {
        try self.readAll(number) & self.travelling
    }

    /// Sets the travelling flags to exactly `flags`, keeping the others.
    static func write(_ flags: UInt32, to number: Int32) throws(Errno) {
        let current = try self.readAll(number)
        guard current & self.travelling != flags else { return }
        guard vz_set_flags(number, (current & ~self.travelling) | flags) == 0 else { throw Errno.last }
    }

    /// Takes immutable and append-only off.
    ///
    /// - Returns: the travelling flags as they were.
    @discardableResult
    static func unlock(_ number: Int32) throws(Errno) -> UInt32 {
        let flags = try self.read(number)
        if flags & self.locking != 0 { try self.write(flags & ~self.locking, to: number) }
        return flags
    }

    /// Takes immutable and append-only off whatever an `O_PATH` descriptor stands for, if it can have them.
    ///
    /// - Returns: the travelling flags as they were.
    @discardableResult
    static func unlock(entry: borrowing OwnedDescriptor) throws(Errno) -> UInt32 {
        let status = try FileStatus(of: entry)
        guard status.isRegular || status.isDirectory else { return 0 }
        let open = try OwnedDescriptor.checked(vz_reopen(entry.number, O_RDONLY | O_NONBLOCK | vz_o_noatime))
        return try self.unlock(open.number)
    }

    private static func readAll(_ number: Int32) throws(Errno) -> UInt32 {
        var flags: UInt32 = 0
        if vz_get_flags(number, &flags) == 0 { return flags }
        switch Errno.last {
        case .inappropriateIOCTLForDevice, .notSupported, .noFunction, .invalidArgument: return 0
        case let code: throw code
        }
    }
}
