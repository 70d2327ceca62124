internal import AgentProtocol
internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import NodeConfiguration

/// Who has one of the container's addresses: by the configurations here, this server itself, and whoever answers on its
/// bridge.
///
/// Whoever makes it has asked, and does other work before it reads the answers.
struct AddressSearch: ~Copyable {
    private let registered: [AddressHolder]
    private let bridge: String
    private let probe: AddressProbe?
    /// Hardware addresses by which the container itself answers, over there, as long as it runs.
    private let own: Set<String>

    init(for survey: ArrivalSurvey) throws {
        let addresses = try survey.configuration.ipAddresses.map(\.address)
        let server = try ServerAddresses()
        let registered = try addresses.flatMap { address in
            let containers = try survey.registry.containers(withAddress: address).map {
                AddressHolder(address: "\(address)", holder: "CT \($0)")
            }
            guard let device = server.device(with: "\(address)") else { return containers }
            return containers + [AddressHolder(address: "\(address)", holder: "this server's \(device)")]
        }
        let interfaces = try survey.configuration.containerInterfaces()
        let probe = try Self.probe(interfaces.first)
        self.registered = registered
        self.own = survey.questions.isOnTheNetwork ? Set(interfaces.map(\.hardwareText)) : []
        self.bridge = interfaces.first?.bridge ?? ""
        self.probe = probe
    }

    /// A bridge that is missing is told of elsewhere.
    private static func probe(_ interface: ContainerInterface?) throws -> AddressProbe? {
        guard let interface, !interface.addresses.isEmpty, DurableFile.exists("/sys/class/net/\(interface.bridge)")
        else { return nil }
        return try AddressProbe(for: interface.addresses, on: interface.bridge)
    }

    func holders() -> [AddressHolder] {
        let known = Set(self.registered.map(\.address))
        var holders = self.registered
        for answer in self.answers() where !known.contains(answer.address) && !self.own.contains(answer.hardwareAddress)
        {
            holders.append(
                AddressHolder(address: answer.address, holder: "\(answer.hardwareAddress) on \(self.bridge)"))
        }
        return holders
    }

    private func answers() -> [AddressProbe.Holder] {
        switch self.probe {
        case .some(let probe): probe.holders()
        case .none: []
        }
    }
}
