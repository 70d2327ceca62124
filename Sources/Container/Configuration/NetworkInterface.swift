internal import Glibc
internal import HandOver

/// One device of NETIF: what the CT sees, and what its end on the server is called.
package struct NetworkInterface: Hashable, Sendable {
    /// `ifname`: the device's name in the CT.
    package let name: String
    /// `bridge`: what the server's end is plugged into; `nil` for none.
    package let bridge: String?
    /// `host_ifname`: the name of the server's end; `nil` lets whoever makes the device choose.
    package let hostName: String?
    /// `mac`: the CT's hardware address; `nil` lets the kernel choose.
    package let mac: MACAddress?
    /// Keys that are not ours to understand, in the order they stood in.
    package let others: [Other]

    package struct Other: Hashable, Sendable {
        package let key: String
        package let value: String
    }

    private static let ownKeys: Set = ["ifname", "bridge", "host_ifname", "mac"]

    /// Linux's IFNAMSIZ is 16, with a NUL at the end.
    private static let nameLengthBound = 15

    /// - Parameter text: Such as `ifname=eth0,bridge=vzbr0,host_ifname=veth101.0,mac=02:00:00:00:00:01`.
    /// - Throws: ``InvalidNetworkInterface``, which names the part that is wrong.
    package init(parsing text: String) throws(InvalidNetworkInterface) {
        var values: [String: String] = [:]
        var others: [Other] = []
        for field in text.split(separator: ",") {
            let (key, value) = try Self.keyAndValue(field)
            guard values.updateValue(value, forKey: key) == nil else {
                throw InvalidNetworkInterface(what: "has '\(key)' twice in one device")
            }
            if !Self.ownKeys.contains(key) { others.append(Other(key: key, value: value)) }
        }
        guard let name = values["ifname"] else {
            throw InvalidNetworkInterface(what: "has a device without 'ifname='")
        }
        self.name = try Self.deviceName(name)
        self.bridge = if let bridge = values["bridge"], !bridge.isEmpty { try Self.deviceName(bridge) } else { nil }
        self.hostName =
            if let host = values["host_ifname"], !host.isEmpty { try Self.deviceName(host) } else { nil }
        self.mac = if let mac = values["mac"], !mac.isEmpty { try Self.macAddress(mac) } else { nil }
        self.others = others
    }

    private static func keyAndValue(_ field: Substring) throws(InvalidNetworkInterface) -> (String, String) {
        let trimmed = field.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        let parts = String(trimmed).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw InvalidNetworkInterface(what: "has \"\(field)\", which is not key=value")
        }
        return (String(parts[0]), String(parts[1]))
    }

    /// What the kernel's dev_valid_name takes, less what would not survive a list in a configuration file.
    private static func deviceName(_ text: String) throws(InvalidNetworkInterface) -> String {
        let isValid =
            (1...Self.nameLengthBound).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:\"'\\$`%".utf8.contains($0) }
        guard isValid else {
            throw InvalidNetworkInterface(what: "has \"\(text)\", which cannot be the name of a network device")
        }
        return text
    }

    private static func macAddress(_ text: String) throws(InvalidNetworkInterface) -> MACAddress {
        guard let mac = MACAddress(text) else {
            throw InvalidNetworkInterface(what: "has \"\(text)\", which cannot be the hardware address of a device")
        }
        return mac
    }
}

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

/// An address as it is given to a network device, with the length of its network's prefix.
package struct InterfaceAddress: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// Bits: 0 to 32, or 0 to 128.
    package let prefixLength: Int

    /// Takes `address`, `address/bits` and, for IPv4, `address/255.255.255.0`. Without a prefix the address is alone in
    /// its network.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { return nil }
        self.address = address
        let bound = address.bytes.count * 8
        guard parts.count == 2 else {
            self.prefixLength = bound
            return
        }
        guard let length = Self.prefixLength(parts[1], of: address), length <= bound else { return nil }
        self.prefixLength = length
    }

    package var description: String { "\(self.address)/\(self.prefixLength)" }

    private static func prefixLength(_ text: String, of address: IPAddress) -> Int? {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Int(text)
        }
        guard !address.isVersion6, let mask = IPAddress(text), !mask.isVersion6 else { return nil }
        let bits = mask.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // A mask is ones and then zeros, nothing else.
        guard ~bits & (~bits &+ 1) == 0 else { return nil }
        return (~bits).leadingZeroBitCount
    }
}

/// Why an item of NETIF was refused.
package struct InvalidNetworkInterface: Error, Hashable, CustomStringConvertible {
    /// Reads after the name of the parameter.
    let what: String

    package var description: String { self.what }
}

/// The hardware address of one network device.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    /// Six.
    package let bytes: [UInt8]

    /// - Returns: `nil` for what is not six pairs of hexadecimal digits with colons or dashes, for the address of
    ///   nobody (all zero) and for one of a group (lowest bit of the first byte), which no device can have.
    package init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6, parts.allSatisfy({ $0.utf8.count == 2 && $0.first?.isHexDigit == true }) else {
            return nil
        }
        let bytes = parts.compactMap { UInt8($0, radix: 16) }
        guard bytes.count == 6, bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    package var description: String {
        self.bytes.map { Hexadecimal.text([$0]) }.joined(separator: ":")
    }
}
