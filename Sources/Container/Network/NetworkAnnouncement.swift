internal import CLinux
internal import Glibc
internal import Host

/// Frames that tell a segment where addresses live now: a gratuitous ARP request and reply for each IPv4 address, an
/// unsolicited neighbour advertisement for each IPv6 one.
///
/// See: RFC 5227 section 3 (announcements), RFC 4861 section 7.2.6 (unsolicited advertisements).
struct NetworkAnnouncement {
    private let interface: ContainerInterface

    init(_ interface: ContainerInterface) {
        self.interface = interface
    }

    /// Sends them all out of the interface, from inside the namespace.
    func send(in path: String, namespace: String) throws(NetworkError) {
        var stranded: Int32 = 0
        let socket = vz_socket_in(path, AF_PACKET, Int32(SOCK_RAW.rawValue), 0, &stranded)
        let code = errno
        precondition(stranded == 0, "the thread could not return from network namespace \(path) to the server's own")
        guard socket >= 0 else { throw self.error(namespace, SystemFailure(code).description) }
        defer { close(socket) }
        let index = vz_interface_index(socket, self.interface.name)
        guard index > 0 else { throw self.error(namespace, "it has no interface \(self.interface.name)") }
        for frame in self.frames {
            let failure = vz_send_frame(socket, index, frame, frame.count)
            guard failure == 0 else { throw self.error(namespace, SystemFailure(failure).description) }
        }
    }

    /// Every frame, with its Ethernet header.
    var frames: [[UInt8]] {
        self.interface.addresses.flatMap { text -> [[UInt8]] in
            let address = String(text.prefix { $0 != "/" })
            if let bytes = Self.parse(address, AF_INET, count: 4) {
                return [self.arp(bytes, operation: 1), self.arp(bytes, operation: 2)]
            }
            guard let bytes = Self.parse(address, AF_INET6, count: 16) else { return [] }
            return [self.advertisement(bytes)]
        }
    }

    private func error(_ namespace: String, _ problem: String) -> NetworkError {
        NetworkError(namespace: namespace, operation: "announce its addresses", problem: problem)
    }

    private static func parse(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private func arp(_ address: [UInt8], operation: UInt8) -> [UInt8] {
        let sender = self.interface.hardwareAddress
        let everyone = [UInt8](repeating: 0xFF, count: 6)
        let target = operation == 1 ? [UInt8](repeating: 0, count: 6) : everyone
        return everyone + sender + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation] + sender + address + target + address
    }

    private func advertisement(_ address: [UInt8]) -> [UInt8] {
        let allNodes: [UInt8] = [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        // Type 136, override flag, the target, and the option "target link-layer address".
        var message: [UInt8] = [136, 0, 0, 0, 0x20, 0, 0, 0] + address + [2, 1] + self.interface.hardwareAddress
        let pseudoHeader = address + allNodes + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58]
        let sum = Self.checksum(pseudoHeader + message)
        (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        let ethernet: [UInt8] = [0x33, 0x33, 0, 0, 0, 1] + self.interface.hardwareAddress + [0x86, 0xDD]
        let header: [UInt8] = [0x60, 0, 0, 0, 0, UInt8(message.count), 58, 255] + address + allNodes
        return ethernet + header + message
    }

    /// The Internet checksum of an even number of bytes. See: RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum = stride(from: 0, to: bytes.count, by: 2).reduce(UInt32(0)) {
            $0 + (UInt32(bytes[$1]) << 8 | UInt32(bytes[$1 + 1]))
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        return ~UInt16(sum)
    }
}
