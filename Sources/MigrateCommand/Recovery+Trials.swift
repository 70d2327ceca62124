internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration

extension Recovery {
    /// Containers that stand still because whoever tried to dump them has died.
    ///
    /// - Returns: how many there were.
    func recoverTrials(_ workplace: Workplace, _ report: inout Report) async throws -> Int {
        var found = 0
        for id in try workplace.node.registry.containers() where self.request.names(id) {
            do throws(StepFailure) {
                let directory = workplace.node.layout.runDirectory(id)
                guard TrialDump.isUnfinished(in: directory) else { continue }
                // Whoever is at work on it has its lock.
                let lock = try workplace.lock(id, purpose: Self.purpose)
                defer { withExtendedLifetime(lock) {} }
                guard TrialDump.isUnfinished(in: directory) else { continue }
                found += 1
                try await TrialDump(of: workplace.node.container(id)).end()
                Output.tell("CT \(id): its trial dump was cut short; it goes on")
            } catch {
                report.owesMore = true
                if self.request.isGuardians, error.status == .locked { continue }
                report.take(error, id)
            }
        }
        return found
    }
}
