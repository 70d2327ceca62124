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

/// One item of BINDMOUNT.
package struct BindMount: Hashable, Sendable, CustomStringConvertible {
    /// A path of the server that does not move with the CT; `nil` for a mount within the CT.
    package let source: String?
    package let destination: String
    package let options: [String]

    /// - Parameter text: `[source:]destination[,option...]`, the paths absolute.
    package init?(_ text: String) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let paths = fields[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(paths.count), let destination = paths.last else { return nil }
        guard paths.allSatisfy({ NodeLayout.normalized($0) != nil }) else { return nil }
        self.source = paths.count == 2 ? paths[0] : nil
        self.destination = destination
        self.options = fields.dropFirst().filter { !$0.isEmpty }
    }

    package var description: String {
        let paths = [self.source, self.destination].compactMap(\.self).joined(separator: ":")
        return ([paths] + self.options).joined(separator: ",")
    }
}

/// One item of RATE: how much a CT may send over a device to a class of networks.
package struct TrafficRate: Hashable, Sendable, CustomStringConvertible {
    /// `nil` stands for every device, written `*`.
    package let device: String?
    package let networkClass: Int
    package let kilobitsPerSecond: Int

    /// - Parameter text: Such as `eth0:1:1000` or `*:1:1000`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[0].isEmpty, let networkClass = Int(parts[1]), let rate = Int(parts[2]) else {
            return nil
        }
        guard networkClass >= 0, rate >= 0 else { return nil }
        self.device = parts[0] == "*" ? nil : parts[0]
        self.networkClass = networkClass
        self.kilobitsPerSecond = rate
    }

    package var description: String { "\(self.device ?? "*"):\(self.networkClass):\(self.kilobitsPerSecond)" }
}
