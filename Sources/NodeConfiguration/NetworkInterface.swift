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
