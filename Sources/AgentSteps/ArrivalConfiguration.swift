internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import MigrationModel
internal import NodeConfiguration

/// The configuration of an arriving container, as it will stand on this node.
struct ArrivalConfiguration {
    let configuration: ContainerConfiguration

    /// What arrived, with the places of this node: those that were asked for, else those of this node's vz.conf.
    init(of arriving: ArrivingContainer, on registry: ContainerRegistry) throws(AgentRefusal) {
        do {
            let id = try ContainerID(parsing: arriving.container)
            let path = registry.layout.containerConfiguration(id)
            let file = try ConfigurationFile(parsing: Array(arriving.configuration.utf8), path: path)
            var configuration = ContainerConfiguration(id: id, file: file, global: registry.global)
            configuration.file.remove("VE_PRIVATE")
            configuration.file.remove("VE_ROOT")
            try configuration.place(
                privateArea: arriving.privateArea.map(registry.layout.path) ?? configuration.privateArea,
                root: arriving.root.map(registry.layout.path) ?? configuration.root)
            self.configuration = configuration
        } catch {
            throw AgentRefusal(.system, "the container's configuration is not usable here: \(error)")
        }
    }

    /// The configuration of a container whose migration was accepted.
    init(of plan: DestinationPlan, on registry: ContainerRegistry) throws {
        let path = registry.layout.containerConfiguration(plan.container)
        let file = try ConfigurationFile(parsing: Array(plan.places.configuration.utf8), path: path)
        self.configuration = ContainerConfiguration(id: plan.container, file: file, global: registry.global)
    }
}

extension AgentRefusal {
    init(_ status: ExitStatus, _ message: String) {
        self.init(status: status.rawValue, message: message)
    }

    init(_ failure: StepFailure) {
        self.init(failure.status, failure.message)
    }
}
