internal import Glibc
internal import HandOver
internal import Host

/// Who has one of the container's addresses: by the configurations here, this server itself, and whoever answers on its
/// bridge.
///
/// Making it sends the questions; the caller does other work before it reads the answers.
struct AddressSearch: ~Copyable {
    private let registered: [AddressHolder]
    private let bridge: String
    private let probe: AddressProbe?
    /// Hardware addresses by which the container itself answers, over there, as long as it runs.
    private let own: Set<String>

    init(for survey: DestinationSurvey) throws {
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
