package import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
package import MigrationModel
internal import NodeConfiguration

extension HostedDeparture {
    package func describe() throws -> ArrivingContainer {
        let container = try self.container()
        return ArrivingContainer(
            container: self.plan.destinationContainer.description, identity: self.plan.identity,
            node: self.node.identity, configuration: try self.travellingConfiguration(of: container.configuration),
            privateArea: self.plan.places.destinationPrivateArea, root: self.plan.places.destinationRoot,
            arrival: ArrivingContainer.Arrival(of: self.plan.kind), networkNamespace: container.network?.path,
            controlGroup: container.bundle.controlGroupPath.flatMap { $0.hasPrefix("/") ? $0 : nil },
            sharesStorage: self.plan.sharesStorage)
    }

    private func travellingConfiguration(of configuration: ContainerConfiguration) throws -> String {
        var file = configuration.file
        if self.plan.kind.isCopy {
            // An original without a UUID keeps none: nothing changes there. A name belongs to one container.
            try file.set("COPY_OF", configuration.uuid ?? self.plan.container.description)
            try file.set("DISABLED", "yes")
            file.remove("NAME")
        } else if !self.plan.wasDisabled {
            file.remove("DISABLED")
        }
        try file.set("UUID", self.plan.identity)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw StepFailure(.system, "\(file.path) is not UTF-8 text; write its comments in UTF-8")
        }
        return text
    }
}

extension ArrivingContainer.Arrival {
    /// How far a container of that kind is brought before the hand-over.
    package init(of kind: MigrationKind) {
        self =
            switch kind {
            case .stopped, .restarted(starting: false): .registered
            case .restarted(starting: true): .started
            case .online(let type): type.isLazy ? .restoredLazily : .restored
            case .copied: .copied
            }
    }
}
