package import HandOver
internal import Host

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

    /// If the area is shared, another node may lower the fence between two looks of ours.
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

/// Why something could not be found out about a container of this node, or done to it.
package struct HostingError: Error, Hashable, CustomStringConvertible {
    /// What a caller can tell apart, and map to an exit status.
    package enum Kind: Hashable, Sendable {
        case unknownContainer
        /// A configuration that cannot be read, a system call or a program that failed.
        case system
        /// The container itself is not of a sort that can be migrated as asked.
        case improper
        case notRunning
        case cannotStart
        case cannotStop
        /// CRIU or the runtime could not dump or restore its processes.
        case checkpoint
        /// The runtime or CRIU is missing or cannot work on this node.
        case runtimeUnusable
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { self.message }

    /// Runs deeds whose failures, of whatever type, become failures of this kind.
    static func wrapping<Result>(_ kind: Kind, _ deed: () throws -> Result) throws(HostingError) -> Result {
        do {
            return try deed()
        } catch let error as HostingError {
            throw error
        } catch {
            throw HostingError(kind, "\(error)")
        }
    }
}

extension HostingError: ErrorWithStatus {
    package func status(at role: NodeRole) -> ExitStatus? {
        switch (self.kind, role) {
        case (.unknownContainer, .source): .noSuchContainer
        case (.unknownContainer, .destination), (.system, _): .system
        case (.improper, _), (.notRunning, _): .improperContainer
        case (.cannotStart, _), (.cannotStop, .destination): .cannotStart
        case (.cannotStop, .source): .cannotStopSource
        case (.checkpoint, _): .liveMigrationFailed
        case (.runtimeUnusable, _): .agentUnusable
        }
    }
}

/// The programs of this node that act on containers.
package struct HostPrograms: Sendable {
    package let layout: NodeLayout
    /// The absolute path of vzmigrate-agent: the fence's hook, and the launcher of the runtime.
    package let agent: String
    /// Exists and is ours: words of the runtime go into files here.
    package let logs: String

    package init(layout: NodeLayout, agent: String, logs: String) {
        self.layout = layout
        self.agent = agent
        self.logs = logs
    }

    /// The runtime that a configuration names.
    package func runtime(named name: String) throws(HostingError) -> any ContainerRuntime {
        switch name {
        case "runc": return Runc(logs: self.logs, launcher: self.agent)
        case "crun": return Crun(logs: self.logs, launcher: self.agent)
        default:
            throw HostingError(.improper, "RUNTIME=\"\(name)\" is not known here; this version drives runc and crun")
        }
    }

    /// CRIU of this node.
    package var criu: Criu { Criu() }
}
