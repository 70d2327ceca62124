internal import Container
internal import HandOver
internal import Host
internal import Testing
internal import TestSupport

@Suite("A container is put together from its configuration and its bundle, or refused with a sentence")
struct HostedContainerTests {
    private let folder = TemporaryFolder()

    private static func bundle(_ network: String = #", "path": "/run/netns/ct101""#) -> String {
        """
        {"ociVersion": "1.0.2", "root": {"path": "rootfs"},
         "linux": {"namespaces": [{"type": "network"\(network)}]}}
        """
    }

    private static let device = "ifname=eth0,bridge=br0,mac=02:00:0a:4d:63:01"

    /// A container of whose configuration and bundle these are the texts.
    private func container(
        _ configuration: String = "", bundle: String? = Self.bundle()
    ) throws -> HostedContainer {
        if let bundle { try self.folder.write("config.json", bundle) }
        let registry = try ContainerRegistry(of: NodeLayout(root: "\(self.folder.path)/node"))
        let settings = ContainerConfiguration(
            id: try ContainerID(parsing: "101"),
            file: try ConfigurationFile(parsing: Array(configuration.utf8), path: "101.conf"), global: registry.global)
        let programs = HostPrograms(layout: registry.layout, agent: "/usr/bin/vzmigrate-agent", logs: self.folder.path)
        return try HostedContainer(configuration: settings, area: self.folder.path, on: programs)
    }

    private func refusal(_ configuration: String, bundle: String = Self.bundle()) -> HostingError? {
        do {
            _ = try self.container(configuration, bundle: bundle)
            return nil
        } catch {
            return error as? HostingError
        }
    }

    @Test("Without NETIF it has no network of ours, whatever its bundle names")
    func withoutNetwork() throws {
        let container = try self.container()
        #expect(container.network == nil)
        #expect(container.runtimeID == "101")
        #expect(container.runDirectory == "\(self.folder.path)/node/run/vzmigrate/101")
        #expect(container.imagesDirectory == "\(self.folder.path)/node/run/vzmigrate/101/images")
    }

    @Test("The addresses of the configuration belong to its first device, whose host side has a name of its own")
    func network() throws {
        let network = try #require(
            try self.container(
                """
                NETIF="\(Self.device);ifname=eth1,bridge=br1,mac=02:00:0a:4d:63:02,host_ifname=second"
                IP_ADDRESS="10.77.1.101/24 fd77::101/64"
                GATEWAY="10.77.1.1"
                """
            ).network)
        #expect(network.path == "/run/netns/ct101")
        #expect(network.interfaces.map(\.hostName) == ["veth101.0", "second"])
        #expect(network.interfaces.map(\.addresses) == [["10.77.1.101/24", "fd77::101/64"], []])
        #expect(network.interfaces.map(\.gateways) == [["10.77.1.1"], []])
    }

    @Test(
        "A device that would not be the same at the destination is refused with its name",
        arguments: ["ifname=eth0,bridge=br0", "ifname=eth0,mac=02:00:0a:4d:63:01"])
    func incompleteDevice(device: String) throws {
        let refusal = try #require(self.refusal("NETIF=\"\(device)\""))
        #expect(refusal.kind == .improper)
        #expect(refusal.message.contains("the device eth0 needs bridge= and mac="))
    }

    @Test(
        "NETIF wants a network namespace with a path, which says where it has to be",
        arguments: ["", #", "path": "/x""#])
    func namespaceWithoutPath(network: String) throws {
        let refusal = try #require(self.refusal("NETIF=\"\(Self.device)\"", bundle: Self.bundle(network)))
        #expect(refusal.kind == .improper)
        #expect(refusal.message.contains("such as /run/netns/ct101"))
    }

    @Test("Another runtime than ours is refused by name")
    func otherRuntime() throws {
        let refusal = try #require(self.refusal("RUNTIME=\"youki\""))
        #expect(refusal.kind == .improper)
        #expect(refusal.message.contains("RUNTIME=\"youki\""))
    }

    @Test(
        "A bundle that cannot be read makes the container improper, with the file's path", arguments: ["", "[1", "{}"])
    func brokenBundle(bundle: String) throws {
        let refusal = try #require(self.refusal("", bundle: bundle))
        #expect(refusal.kind == .improper)
        #expect(refusal.message.contains("\(self.folder.path)/config.json"))
    }

    @Test("Of a fenced bundle the true configuration counts")
    func fenced() throws {
        try self.folder.write("config.json", Self.bundle())
        try BundleFence.raise(
            area: self.folder.path, containerID: "101", holder: "m1", agentPath: "/usr/bin/vzmigrate-agent")
        let container = try self.container(bundle: nil)
        #expect(container.bundle.network == .path("/run/netns/ct101"))
        #expect(container.bundle.hookPrograms.isEmpty)
    }
}
