internal import Glibc
internal import HostAccess

/// The addresses that this server has itself: it does not answer its own question for them.
struct ServerAddresses {
    /// The device, by the bytes of the address: 4 or 16.
    private var devices: [[UInt8]: String] = [:]

    /// - Throws: `SystemFailure` where they cannot be listed. See: 'man 3 getifaddrs'.
    init() throws {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { throw SystemFailure(errno) }
        defer { freeifaddrs(first) }
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let bytes = Self.bytes(of: entry.ifa_addr) else { continue }
            self.devices[bytes] = String(cString: entry.ifa_name)
        }
    }

    /// The device here that has an address, such as `10.77.1.101`; `nil` where none has.
    func device(with address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 { return self.devices[Array(bytes.prefix(4))] }
        return inet_pton(AF_INET6, address, &bytes) == 1 ? self.devices[bytes] : nil
    }

    private static func bytes(of address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            var number = raw.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr
            return withUnsafeBytes(of: &number, Array.init)
        case AF_INET6:
            var number = raw.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_addr
            return withUnsafeBytes(of: &number, Array.init)
        default: return nil
        }
    }
}
