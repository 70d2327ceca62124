internal import ContainerIdentity
internal import MigrationModel
internal import MigrationSteps

/// All that is unfinished of one container on this server, in the order in which it has to be ended.
struct UnfinishedContainer: Sendable {
    let container: ContainerID
    /// Those that hold it come before those of which only a destination has to be told.
    let departures: [SourceMigration]
    let arrivals: [DestinationMigration]

    /// Each container once; those that are held come first.
    static func all(_ departures: [SourceMigration], _ arrivals: [DestinationMigration]) -> [Self] {
        let ordered = departures.filter { $0.state != .abortOwed } + departures.filter { $0.state == .abortOwed }
        var seen: Set<ContainerID> = []
        return (ordered.map(\.plan.container) + arrivals.map(\.plan.container))
            .filter { seen.insert($0).inserted }
            .map { id in
                Self(
                    container: id, departures: ordered.filter { $0.plan.container == id },
                    arrivals: arrivals.filter { $0.plan.container == id })
            }
    }
}

extension StepFailure {
    /// What is no failure of a step, such as a configuration that cannot be read.
    init(wrapping error: any Error) { self = error as? StepFailure ?? StepFailure(.system, "\(error)") }
}
