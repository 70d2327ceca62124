internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel

/// Looks whether a container may come to this node. Changes nothing.
struct NodeInspector {
    let host: any DestinationHost
    let arriving: ArrivingContainer
    /// `nil` where the source has compared already.
    let questions: InspectionQuestions?

    func inspect() throws -> NodeInspection {
        var survey = NodeSurvey()
        if self.arriving.node == self.host.records.identity {
            // Whatever else is in the way here is the container itself.
            survey.failures = [AgentRefusal(.sameContainer, "this is the server that the container is on already")]
        } else {
            survey = try self.host.survey(self.arriving, self.questions)
            survey.failures = try self.unfinishedDepartures() + self.unfinishedArrivals() + survey.failures
        }
        return NodeInspection(
            failures: survey.failures, highestEpoch: try self.host.records.highestEpoch(of: self.arriving.identity),
            facts: survey.facts)
    }

    /// A container must not come back while what is left of it from its last departure is still to be cleared away.
    private func unfinishedDepartures() throws -> [AgentRefusal] {
        try self.host.records.openMigrations(as: SourceMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                AgentRefusal(
                    .locked,
                    "this server has not finished moving CT \(migration.plan.container) away (migration "
                        + "\(migration.migration.short) is \(migration.stateName)); run vzmigrate for it here first")
            }
    }

    /// What is left of an earlier arrival may still be removed, and must not be taken for this one's.
    private func unfinishedArrivals() throws -> [AgentRefusal] {
        try self.host.records.openMigrations(as: DestinationMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                AgentRefusal(
                    .locked,
                    "an earlier migration of CT \(migration.plan.container) to this server "
                        + "(\(migration.migration.short)) is \(migration.stateName) and has not ended; run "
                        + "vzmigrate --recover here, and on its source")
            }
    }
}
