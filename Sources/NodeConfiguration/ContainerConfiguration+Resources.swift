extension ContainerConfiguration {
    /// IP_ADDRESS.
    package var ipAddresses: [InterfaceAddress] {
        get throws(ConfigurationError) {
            try self.items("IP_ADDRESS", "an IP address such as 10.0.0.1/24 or fd00::1/64") { InterfaceAddress($0) }
        }
    }

    /// GATEWAY: one an address family at most.
    package var gateways: [IPAddress] {
        get throws(ConfigurationError) {
            guard let setting = self.setting("GATEWAY") else { return [] }
            let gateways = try self.items("GATEWAY", "an IP address") { IPAddress($0) }
            guard Set(gateways.map(\.isVersion6)).count == gateways.count else {
                throw setting.error("may have one IPv4 and one IPv6 address only")
            }
            return gateways
        }
    }

    /// NETIF: the CT's network devices.
    package var networkInterfaces: [NetworkInterface] {
        get throws(ConfigurationError) {
            guard let setting = self.setting("NETIF") else { return [] }
            var interfaces: [NetworkInterface] = []
            for item in try setting.text(of: self.id).split(separator: ";") {
                guard item.contains(where: { !" \t\r".contains($0) }) else { continue }
                do throws(InvalidNetworkInterface) {
                    interfaces.append(try NetworkInterface(parsing: String(item)))
                } catch {
                    throw setting.error("\(error)")
                }
            }
            for names in [interfaces.map(\.name), interfaces.compactMap(\.hostName)] {
                guard Set(names).count == names.count else { throw setting.error("names a device twice") }
            }
            return interfaces
        }
    }

    /// RATE: what the CT may send.
    package var rates: [TrafficRate] {
        get throws(ConfigurationError) {
            try self.items("RATE", "a rate as device:class:kilobits") { TrafficRate($0) }
        }
    }

    /// BINDMOUNT: host directories that the CT sees, and mounts of its own.
    package var bindMounts: [BindMount] {
        get throws(ConfigurationError) {
            guard let setting = self.setting("BINDMOUNT") else { return [] }
            return try setting.words(of: self.id).map { word throws(ConfigurationError) in
                guard let mount = BindMount(word) else {
                    throw setting.error("has \"\(word)\", which is not [source:]destination[,option...]")
                }
                return mount
            }
        }
    }

    private func items<Item>(
        _ key: String, _ form: String, _ parse: (String) -> Item?
    ) throws(ConfigurationError) -> [Item] {
        guard let setting = self.setting(key) else { return [] }
        var items: [Item] = []
        for text in try setting.items(of: self.id) {
            guard let item = parse(text) else { throw setting.error("has \"\(text)\", which is not \(form)") }
            items.append(item)
        }
        return items
    }
}
