internal import CLinux
internal import Crypto
internal import FrameStream
internal import Glibc
internal import HostAccess
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
