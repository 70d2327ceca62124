internal import CLinux
internal import Glibc
internal import Host

/// Asks the segment behind a bridge who has an address, before a container comes with it.
///
/// ARP probes (RFC 5227, section 2.1.1) and the neighbour solicitations of duplicate address detection (RFC 4862,
/// section 5.4.2): both leave the neighbours' caches as they are. Whoever makes the probe has asked; there is time for
/// other work until the answers are read.
package struct AddressProbe: ~Copyable {
    /// An address, and the hardware address that has answered for it.
    package struct Holder: Hashable, Sendable {
        package let address: String
        package let hardwareAddress: String
    }

    /// A neighbour answers within a few milliseconds; a switch may be far.
    private static let patience: Duration = .milliseconds(60)
    private let targets: [ProbeTarget]
    private let socket: OwnedDescriptor
    private let end: ContinuousClock.Instant

    /// Asks.
    ///
    /// - Parameters:
    ///   - addresses: with or without prefix lengths, such as `10.77.1.101/24`.
    ///   - bridge: of this server.
    /// - Throws: where nothing can be sent there.
    package init(for addresses: [String], on bridge: String) throws(NetworkError) {
        var index: Int32 = 0
        let number = vz_packet_socket(bridge, &index)
        guard number >= 0 else { throw Self.error(bridge, SystemFailure(errno).description) }
        let socket = OwnedDescriptor(owning: number)
        let targets = addresses.compactMap { ProbeTarget($0) }
        let hardware = try Self.hardwareAddress(of: bridge)
        for target in targets {
            let frame = target.question(from: hardware)
            let failure = vz_send_frame(socket.number, index, frame, frame.count)
            guard failure == 0 else { throw Self.error(bridge, SystemFailure(failure).description) }
        }
        self.targets = targets
        self.socket = socket
        self.end = .now + Self.patience
    }

    /// Reads the answers, until nobody needs longer.
    package func holders() -> [Holder] {
        var holders: Set<Holder> = []
        var frame = [UInt8](repeating: 0, count: 2048)
        while true {
            let left = ContinuousClock.now.duration(to: self.end)
            guard left > .zero else { break }
            var descriptor = pollfd(fd: self.socket.number, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(left / .milliseconds(1)) + 1) > 0 else { continue }
            let count = recv(self.socket.number, &frame, frame.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { continue }
            for target in self.targets {
                guard let sender = target.answer(in: frame[..<count]) else { continue }
                holders.insert(Holder(address: target.text, hardwareAddress: ContainerInterface.text(of: sender)))
            }
        }
        return holders.sorted { ($0.address, $0.hardwareAddress) < ($1.address, $1.hardwareAddress) }
    }

    private static func hardwareAddress(of bridge: String) throws(NetworkError) -> [UInt8] {
        let text = try? SmallFile.text("/sys/class/net/\(bridge)/address", bound: 64)
        let bytes = text?.split { ":\n".contains($0) }.compactMap { UInt8($0, radix: 16) } ?? []
        guard bytes.count == 6 else { throw Self.error(bridge, "it has no hardware address") }
        return bytes
    }

    private static func error(_ bridge: String, _ problem: String) -> NetworkError {
        NetworkError(namespace: bridge, operation: "ask who has an address", problem: problem)
    }
}

/// One address that is asked for.
struct ProbeTarget {
    let text: String
    private let bytes: [UInt8]

    /// `nil` for what is no address.
    init?(_ item: String) {
        self.text = String(item.prefix { $0 != "/" })
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, self.text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, self.text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// The whole Ethernet frame.
    func question(from hardware: [UInt8]) -> [UInt8] {
        self.bytes.count == 4 ? self.arpProbe(hardware) : self.solicitation(hardware)
    }

    /// The hardware address that the frame says has the address; `nil` for any other frame.
    func answer(in frame: ArraySlice<UInt8>) -> [UInt8]? {
        let frame = Array(frame)
        guard frame.count >= 14 else { return nil }
        return self.bytes.count == 4 ? self.arpAnswer(frame) : self.advertisement(frame)
    }

    private func arpProbe(_ hardware: [UInt8]) -> [UInt8] {
        let everyone = [UInt8](repeating: 0xFF, count: 6)
        let nobody = [UInt8](repeating: 0, count: 6)
        return everyone + hardware + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1] + hardware + [0, 0, 0, 0] + nobody
            + self.bytes
    }

    private func arpAnswer(_ frame: [UInt8]) -> [UInt8]? {
        guard frame.count >= 42, frame[12] == 0x08, frame[13] == 0x06, frame[20] == 0, frame[21] == 2,
            Array(frame[28..<32]) == self.bytes
        else { return nil }
        return Array(frame[22..<28])
    }

    private func solicitation(_ hardware: [UInt8]) -> [UInt8] {
        let group: [UInt8] =
            [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF] + self.bytes.suffix(3)
        var message: [UInt8] = [135, 0, 0, 0, 0, 0, 0, 0] + self.bytes
        let nobody = [UInt8](repeating: 0, count: 16)
        let pseudoHeader = nobody + group + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58]
        let sum = NetworkAnnouncement.checksum(pseudoHeader + message)
        (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        let ethernet: [UInt8] = [0x33, 0x33] + group.suffix(4) + hardware + [0x86, 0xDD]
        let header: [UInt8] = [0x60, 0, 0, 0, 0, UInt8(message.count), 58, 255] + nobody + group
        return ethernet + header + message
    }

    private func advertisement(_ frame: [UInt8]) -> [UInt8]? {
        // Ethernet 14, IPv6 40, then the message, with the target at 8 and options behind it.
        guard frame.count >= 78, frame[12] == 0x86, frame[13] == 0xDD, frame[20] == 58, frame[54] == 136,
            Array(frame[62..<78]) == self.bytes
        else { return nil }
        return Array(frame[6..<12])
    }
}
