internal import HandOver
internal import Host

/// The network of a container as its configuration gives it.
package struct ContainerInterface: Hashable, Sendable {
    /// Inside the container, such as `eth0`.
    package let name: String
    /// The bridge of this server that it is plugged into.
    package let bridge: String
    /// The other end of the pair, on this server.
    package let hostName: String
    /// Six bytes.
    package let hardwareAddress: [UInt8]
    /// With prefix lengths, such as `10.77.1.101/24`; IPv4 and IPv6.
    package let addresses: [String]
    /// Of either family; may be empty.
    package let gateways: [String]

    /// `nil` where a name or the hardware address is not one that the kernel takes.
    package init?(
        name: String, bridge: String, hostName: String, hardwareAddress: String, addresses: [String], gateways: [String]
    ) {
        let bytes = hardwareAddress.split(separator: ":", omittingEmptySubsequences: false).compactMap {
            $0.count == 2 ? UInt8($0, radix: 16) : nil
        }
        guard bytes.count == 6, bytes[0] & 1 == 0, [name, bridge, hostName].allSatisfy(Self.isName) else { return nil }
        let words = addresses + gateways
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isHexDigit || ".:/".contains($0) } }) else {
            return nil
        }
        self.name = name
        self.bridge = bridge
        self.hostName = hostName
        self.hardwareAddress = bytes
        self.addresses = addresses
        self.gateways = gateways
    }

    /// Such as `02:00:0a:4d:01:65`.
    package var hardwareText: String { Self.text(of: self.hardwareAddress) }

    static func text(of hardwareAddress: [UInt8]) -> String {
        hardwareAddress.map { Hexadecimal.text([$0]) }.joined(separator: ":")
    }

    /// At most 15 bytes, nothing that `ip` or the kernel reads as something else. See: dev_valid_name() in Linux.
    private static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x21..<0x7F).contains(byte) && !"/:%\"'\\#".utf8.contains(byte)
        }
        return (1...15).contains(name.utf8.count) && isPlain && !name.hasPrefix(".") && !name.hasPrefix("-")
    }
}

extension ContainerConfiguration {
    /// The devices of `NETIF` as they are made: the addresses of `IP_ADDRESS` and `GATEWAY` belong to the first.
    ///
    /// - Throws: `ConfigurationError` or, for a device that cannot be made, `HostingError`.
    package func containerInterfaces() throws -> [ContainerInterface] {
        let addresses = try self.ipAddresses.map(\.description)
        let gateways = try self.gateways.map(\.description)
        return try self.networkInterfaces.enumerated().map { index, device in
            try self.interface(device, index, index == 0 ? addresses : [], index == 0 ? gateways : [])
        }
    }

    private func interface(
        _ device: NetworkInterface, _ index: Int, _ addresses: [String], _ gateways: [String]
    ) throws(HostingError) -> ContainerInterface {
        // The hardware address has to be the same on both nodes, or the neighbours' caches are wrong after the move.
        guard let bridge = device.bridge, let mac = device.mac else {
            throw HostingError(
                .improper, "NETIF of CT \(self.id): the device \(device.name) needs bridge= and mac= to be migrated")
        }
        let hostName = device.hostName ?? "veth\(self.id).\(index)"
        guard
            let interface = ContainerInterface(
                name: device.name, bridge: bridge, hostName: hostName, hardwareAddress: mac.description,
                addresses: addresses, gateways: gateways)
        else {
            throw HostingError(
                .improper,
                "NETIF of CT \(self.id): the device \(device.name) cannot be made with bridge \(bridge) and "
                    + "host_ifname \(hostName); names of devices have 15 characters at most")
        }
        return interface
    }
}
