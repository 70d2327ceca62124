internal import Container
internal import HandOver
internal import Transfer

/// A container whose migration this node is asked to accept.
struct Acceptance {
    let plan: DestinationPlan
    private let host: any DestinationHost
    private let accepted: AcceptedContainer

    /// - Throws: `StepFailure` for what makes no plan.
    init(_ reference: HandOverReference, _ accepted: AcceptedContainer, on host: any DestinationHost) throws {
        guard let migration = UniqueID(parsing: reference.id) else {
            throw StepFailure(.protocolViolated, "'\(reference.id)' is no migration id")
        }
        let kind = accepted.arriving.kind ?? accepted.arriving.preparation.kind
        guard IncomingContainer.Preparation(of: kind) == accepted.arriving.preparation else {
            throw StepFailure(
                .protocolViolated, "a migration '\(kind)' does not arrive \(accepted.arriving.preparation.rawValue)")
        }
        let configuration = try IncomingConfiguration(of: accepted.arriving, on: host.registry).configuration
        let area = try configuration.privateArea
        self.host = host
        self.accepted = accepted
        self.plan = DestinationPlan(
            migration: migration, container: configuration.id, identity: accepted.arriving.identity,
            epoch: reference.epoch, kind: kind, keepsArea: accepted.keepsArea,
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
            throw StepFailure(
                .protocolViolated,
                "epoch \(self.plan.epoch) is not above \(inspection.highestEpoch), which was seen here")
        }
        guard try self.plan.sharesStorage || !self.host.site(of: self.plan).hasForeignArea() else {
            throw StepFailure(
                .containerExists,
                "\(self.plan.places.incomingArea) is there and was kept for another container; remove it or give "
                    + "another place"
            )
        }
    }
}

/// The configuration of an arriving container, as it will stand on this node.
struct IncomingConfiguration {
    let configuration: ContainerConfiguration

    /// What arrived, with the places of this node: those that were asked for, else those of this node's vz.conf.
    init(of arriving: IncomingContainer, on registry: ContainerRegistry) throws(StepFailure) {
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
            throw StepFailure(.system, "the container's configuration is not usable here: \(error)")
        }
    }

    /// The configuration of a container whose migration was accepted.
    init(of plan: DestinationPlan, on registry: ContainerRegistry) throws {
        let path = registry.layout.containerConfiguration(plan.container)
        let file = try ConfigurationFile(parsing: Array(plan.places.configuration.utf8), path: path)
        self.configuration = ContainerConfiguration(id: plan.container, file: file, global: registry.global)
    }
}
