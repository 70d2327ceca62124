internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationModel
internal import NodeConfiguration

/// A container whose migration this node is asked to accept.
struct Arrival {
    let plan: DestinationPlan
    private let host: any DestinationHost
    private let accepted: AcceptedContainer

    /// - Throws: `AgentRefusal` for what makes no plan.
    init(_ reference: HandOverReference, _ accepted: AcceptedContainer, on host: any DestinationHost) throws {
        guard let migration = MigrationID(reference.id) else {
            throw AgentRefusal(.protocolViolated, "'\(reference.id)' is no migration id")
        }
        let configuration = try ArrivalConfiguration(of: accepted.arriving, on: host.registry).configuration
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

    private static func kind(of arrival: ArrivingContainer.Arrival) -> MigrationKind {
        switch arrival {
        case .registered: .stopped
        case .started: .restarted(starting: true)
        case .restored: .online(.simple)
        case .restoredLazily: .online(.lazy)
        case .copied: .copied(whileRunning: false)
        }
    }
}
