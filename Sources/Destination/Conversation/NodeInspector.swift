internal import Container
internal import Engine
package import HandOver
internal import Journal
internal import Transfer

/// Looks whether a container may come to this node. Changes nothing.
struct NodeInspector {
    let host: any DestinationHost
    let arriving: IncomingContainer
    /// `nil` where the source has compared already.
    let questions: InspectionQuestions?

    func inspect() throws -> NodeInspection {
        var survey = NodeSurvey()
        if self.arriving.node == self.host.records.identity {
            // Whatever else is in the way here is the container itself.
            survey.failures = [StepFailure(.sameContainer, "this is the server that the container is on already")]
        } else {
            survey = try self.host.survey(self.arriving, self.questions)
            survey.failures = try self.unfinishedDepartures() + self.unfinishedArrivals() + survey.failures
        }
        return NodeInspection(
            failures: survey.failures, highestEpoch: try self.host.records.highestEpoch(of: self.arriving.identity),
            facts: survey.facts)
    }

    /// A container must not come back while what is left of it from its last departure is still to be cleared away.
    private func unfinishedDepartures() throws -> [StepFailure] {
        try self.host.records.openMigrations(as: SourceMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                StepFailure(
                    .locked,
                    "this server has not finished moving CT \(migration.plan.container) away (migration "
                        + "\(migration.migration.short) is \(migration.stateName)); run vzmigrate for it here first")
            }
    }

    /// What is left of an earlier arrival may still be removed, and must not be taken for this one's.
    private func unfinishedArrivals() throws -> [StepFailure] {
        try self.host.records.openMigrations(as: DestinationMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                StepFailure(
                    .locked,
                    "an earlier migration of CT \(migration.plan.container) to this server "
                        + "(\(migration.migration.short)) is \(migration.stateName) and has not ended; run "
                        + "vzmigrate --recover here, and on its source")
            }
    }
}

extension ControlConversation {
    /// Looks for the area of a container that wants to come: first where it would be; then, because it may not get
    /// another place on storage that is shared, where it would be under the id, and at the path, of its source.
    func seek(_ sought: SoughtArea) throws -> AreaSighting {
        let arriving = sought.arriving
        let nowhere = AreaSighting(place: nil, isWanted: false)
        // What is here is the container itself, and the checks say so.
        guard arriving.node != self.host.records.identity else { return nowhere }
        let wanted = try self.place(arriving.container, arriving.privateArea, sought)
        var places = [wanted]
        if arriving.preparation != .copied {
            places += [try self.place(sought.container, nil, sought), self.host.registry.layout.path(sought.area)]
        }
        guard let place = try places.first(where: { try self.host.sees(sought, at: $0) }) else { return nowhere }
        return AreaSighting(place: place, isWanted: place == wanted)
    }

    private func place(_ container: String, _ area: String?, _ sought: SoughtArea) throws -> String {
        var arriving = sought.arriving
        arriving.container = container
        arriving.privateArea = area
        return try IncomingConfiguration(of: arriving, on: self.host.registry).configuration.privateArea
    }
}

extension DestinationNode {
    package func sees(_ sought: SoughtArea, at place: String) throws -> Bool {
        let area = SharedArea(place)
        guard area.sight == sought.sight else { return false }
        guard let probe = sought.probe else { return true }
        return area.sees(probe: probe.name, sight: probe.sight, content: probe.content)
    }
}
