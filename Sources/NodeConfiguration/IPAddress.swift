internal import Glibc

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In network order: 4 for IPv4, 16 for IPv6.
    package let bytes: [UInt8]

    /// - Returns: `nil` if `text` is not an address as inet_pton(3) takes it: four decimal numbers, or IPv6 without
    ///   brackets and zone.
    package init?(_ text: String) {
        let family = text.utf8.contains(UInt8(ascii: ":")) ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        guard !text.utf8.contains(0), inet_pton(family, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }

    package var isVersion6: Bool { self.bytes.count == 16 }

    /// The address's canonical spelling. See: RFC 5952.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = self.isVersion6 ? AF_INET6 : AF_INET
        _ = inet_ntop(family, self.bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
