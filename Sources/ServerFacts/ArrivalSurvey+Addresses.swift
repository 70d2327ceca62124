internal import AgentProtocol
internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import NodeConfiguration

extension ArrivalSurvey {
    /// Who has one of the container's addresses: by the configurations here, and by whoever answers on its bridges.
    func addressHolders() throws -> [AddressHolder] {
        let addresses = try self.configuration.ipAddresses.map(\.address)
        let registered = try addresses.flatMap { address in
            try self.registry.containers(withAddress: address).map {
                AddressHolder(address: "\(address)", holder: "CT \($0)")
            }
        }
        let known = Set(registered.map(\.address))
        return registered + (try self.neighbours().filter { !known.contains($0.address) })
    }

    private func neighbours() throws -> [AddressHolder] {
        let interfaces = try self.configuration.containerInterfaces()
        guard let first = interfaces.first, DurableFile.exists("/sys/class/net/\(first.bridge)") else { return [] }
        // The container itself answers, over there, as long as it runs.
        let own = self.questions.isOnTheNetwork ? Set(interfaces.map(\.hardwareText)) : []
        return try AddressProbe(bridge: first.bridge).holders(of: first.addresses)
            .filter { !own.contains($0.hardwareAddress) }
            .map { AddressHolder(address: $0.address, holder: "\($0.hardwareAddress) on \(first.bridge)") }
    }
}
