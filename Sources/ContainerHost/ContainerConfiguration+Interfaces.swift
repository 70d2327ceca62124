package import ContainerRuntime
package import NodeConfiguration

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
