@testable internal import Container
internal import Glibc
@testable internal import Host
internal import Testing
internal import TestSupport

@Suite("A container's network is made dark, lit, darkened and removed, as often as asked", .serialized)
struct ContainerNetworkTests {
    private static let isRoot = TestUser.isRoot && ChildProgram.isInstalled("ip")

    private func interface(mac: String = "02:00:0a:4d:63:01", name: String = "eth0") -> ContainerInterface? {
        ContainerInterface(
            name: name, bridge: "vzmtbr0", hostName: "vzmtveth0", hardwareAddress: mac,
            addresses: ["10.99.0.2/24", "fd99::2/64"], gateways: ["10.99.0.1", "fd99::1"])
    }

    private func ip(_ arguments: String...) throws -> CommandResult { try HostProgram.run("ip", arguments) }

    @Test("Through all its states", .enabled(if: isRoot, "needs root and iproute2"))
    func lifecycle() throws {
        let interface = try #require(self.interface())
        let network = try #require(ContainerNetwork(namespace: "vzmt-ct", interfaces: [interface]))
        #expect(try self.ip("link", "add", "vzmtbr0", "type", "bridge").succeeded)
        defer { _ = try? self.ip("link", "del", "vzmtbr0") }
        for _ in 0..<2 { try network.build() }
        #expect(network.exists)
        #expect(!network.isPlugged)
        let addresses = try self.ip("-n", "vzmt-ct", "address", "show", "eth0").outputText
        #expect(addresses.contains("02:00:0a:4d:63:01"))
        #expect(addresses.contains("inet 10.99.0.2/24"))
        #expect(addresses.contains("inet6 fd99::2/64 scope global nodad"))
        #expect(addresses.contains("LOWER_UP"), "the container sees its carrier while it is dark")
        #expect(try self.ip("-n", "vzmt-ct", "route").outputText.contains("default via 10.99.0.1"))
        #expect(try self.ip("-n", "vzmt-ct", "-6", "route").outputText.contains("default via fd99::1"))
        for _ in 0..<2 { try network.plug() }
        #expect(network.isPlugged)
        try network.forgetNeighbours()
        try network.announce()
        for _ in 0..<2 { try network.unplug() }
        #expect(!network.isPlugged)
        #expect(try self.ip("link", "show", "vzmtveth0").outputText.contains("LOWER_UP"))
        for _ in 0..<2 { try network.remove() }
        #expect(!network.exists)
        let error = #expect(throws: NetworkError.self) { try network.plug() }
        #expect(error?.problem.isEmpty == false)
    }

    @Test("An announcement says who has the address now, with right checksums")
    func frames() throws {
        let frames = NetworkAnnouncement(try #require(self.interface())).frames
        #expect(frames.count == 3)
        let mac: [UInt8] = [0x02, 0x00, 0x0A, 0x4D, 0x63, 0x01]
        let ether = [UInt8](repeating: 0xFF, count: 6) + mac + [0x08, 0x06]
        let target = [UInt8](repeating: 0, count: 6)
        #expect(frames[0] == ether + [0, 1, 8, 0, 6, 4, 0, 1] + mac + [10, 99, 0, 2] + target + [10, 99, 0, 2])
        // Header 14 + 40, then the message; the sum over pseudo header and message is zero when it is right.
        let advertisement = frames[2]
        let message = Array(advertisement[54...])
        let pseudo = Array(advertisement[22..<54]) + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58]
        #expect(message.count == 32)
        #expect(NetworkAnnouncement.checksum(pseudo + message) == 0)
    }

    @Test("Names and addresses that the kernel would not take are refused")
    func refused() {
        #expect(self.interface(mac: "02:00") == nil)
        #expect(self.interface(mac: "03:00:0a:4d:63:01") == nil)
        #expect(self.interface(name: "a b") == nil)
        #expect(self.interface(name: "a\nlink") == nil)
        #expect(self.interface(name: "sixteenbytesname") == nil)
        #expect(ContainerNetwork(namespace: "../x", interfaces: []) == nil)
        #expect(ContainerNetwork(path: "/run/netns/ct1", interfaces: [])?.namespace == "ct1")
        #expect(ContainerNetwork(path: "/proc/1/ns/net", interfaces: []) == nil)
    }
}
