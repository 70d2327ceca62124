internal import Container
internal import HandOver
internal import Transfer

/// A container whose migration this node is asked to accept.
struct Acceptance {
    let plan: DestinationPlan
    private let host: any DestinationHost
    private let accepted: AcceptedContainer

    /// - Throws: `AgentRefusal` for what makes no plan.
    init(_ reference: HandOverReference, _ accepted: AcceptedContainer, on host: any DestinationHost) throws {
        guard let migration = MigrationID(reference.id) else {
            throw AgentRefusal(.protocolViolated, "'\(reference.id)' is no migration id")
        }
        let configuration = try IncomingConfiguration(of: accepted.arriving, on: host.registry).configuration
        let area = try configuration.privateArea
        self.host = host
        self.accepted = accepted
        self.plan = DestinationPlan(
            migration: migration, container: configuration.id, identity: accepted.arriving.identity,
            epoch: reference.epoch, kind: Self.kind(of: accepted.arriving.arrival), keepsArea: accepted.keepsArea,
            sharesStorage: accepted.arriving.sharesStorage,
            places: .init(
                privateArea: area, incomingArea: NodeLayout.incoming(area),
                configuration: String(decoding: configuration.file.bytes, as: UTF8.self)))
    }

    /// Looks once more, under the container's lock, and refuses what is not above every epoch seen.
    func check() throws {
        let inspector = NodeInspector(host: self.host, arriving: self.accepted.arriving, questions: nil)
        let inspection = try inspector.inspect()
        if let failure = inspection.failures.first { throw failure }
        guard inspection.highestEpoch < self.plan.epoch else {
            throw AgentRefusal(
                .protocolViolated,
                "epoch \(self.plan.epoch) is not above \(inspection.highestEpoch), which was seen here")
        }
        guard try self.plan.sharesStorage || !self.host.site(of: self.plan).hasForeignArea() else {
            throw AgentRefusal(
                .containerExists,
                "\(self.plan.places.incomingArea) is there and was kept for another container; remove it or give "
                    + "another place"
            )
        }
    }

    private static func kind(of arrival: IncomingContainer.Preparation) -> MigrationKind {
        switch arrival {
        case .registered: .stopped
        case .started: .restarted(starting: true)
        case .restored: .online(.simple)
        case .restoredLazily: .online(.lazy)
        case .copied: .copied(whileRunning: false)
        }
    }
}

/// The configuration of an arriving container, as it will stand on this node.
struct IncomingConfiguration {
    let configuration: ContainerConfiguration

    /// What arrived, with the places of this node: those that were asked for, else those of this node's vz.conf.
    init(of arriving: IncomingContainer, on registry: ContainerRegistry) throws(AgentRefusal) {
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
