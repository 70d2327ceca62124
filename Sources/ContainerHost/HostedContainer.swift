package import ContainerIdentity
package import ContainerRuntime
package import NodeConfiguration

/// One container of this node, whole: its configuration, its bundle, its runtime and its network.
///
/// What is here is what an operator could do by hand, and blocks like it. It knows nothing of migrations.
package struct HostedContainer: Sendable {
    package let id: ContainerID
    package let configuration: ContainerConfiguration
    /// The private area: an OCI bundle. Absolute.
    package let area: String
    package let bundle: BundleSpecification
    package let runtime: any ContainerRuntime
    /// `nil` for a container without `NETIF`.
    package let network: ContainerNetwork?
    /// Where images and sockets of its migrations are, until the server restarts.
    package let runDirectory: String

    /// A container of this node with the configuration that it has, or is going to have.
    ///
    /// - Parameters:
    ///   - configuration: of the container; its id is the container's.
    ///   - area: where the private area is now, fenced or not.
    ///   - node: the programs that act for us.
    /// - Throws: `improper` for a bundle or a network that cannot be used, `system` for a configuration that cannot be
    ///   read.
    package init(
        configuration: ContainerConfiguration, area: String, on node: HostPrograms
    ) throws(HostingError) {
        self.id = configuration.id
        self.configuration = configuration
        self.area = area
        self.runDirectory = node.layout.runDirectory(configuration.id)
        self.runtime = try node.runtime(named: HostingError.wrapping(.system) { try configuration.runtime })
        self.bundle = try HostingError.wrapping(.improper) { try Self.bundle(at: area) }
        self.network = try Self.network(of: configuration, bundle: self.bundle)
    }

    /// What the runtime calls it.
    package var runtimeID: String { self.id.description }

    /// `nil` where the runtime does not know the container: it is stopped.
    package func state() throws(HostingError) -> ContainerState? {
        try HostingError.wrapping(.system) { try self.runtime.state(self.runtimeID) }
    }

    /// Whether any process of the container exists, frozen ones too.
    package func isAlive() throws(HostingError) -> Bool {
        switch try self.state()?.status {
        case .created, .running, .paused: true
        case .stopped, nil: false
        }
    }

    /// Of an area that is shared another node may lower the fence between two looks of ours.
    private static func bundle(at area: String) throws(BundleError) -> BundleSpecification {
        let look = { () throws(BundleError) in
            try BundleSpecification(bundle: area, file: BundleFence.trueConfiguration(area: area))
        }
        do { return try look() } catch { return try look() }
    }

    private static func network(
        of configuration: ContainerConfiguration, bundle: BundleSpecification
    ) throws(HostingError) -> ContainerNetwork? {
        let interfaces = try HostingError.wrapping(.system) { try configuration.containerInterfaces() }
        guard !interfaces.isEmpty else { return nil }
        guard case .path(let path) = bundle.network, let network = ContainerNetwork(path: path, interfaces: interfaces)
        else {
            throw HostingError(
                .improper,
                "CT \(configuration.id) has NETIF, so its \(bundle.bundle)/config.json has to name a network namespace "
                    + "below \(ContainerNetwork.directory), such as \(ContainerNetwork.directory)/ct\(configuration.id)"
            )
        }
        return network
    }
}
