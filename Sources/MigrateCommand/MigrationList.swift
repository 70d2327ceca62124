internal import ContainerHost
internal import ContainerIdentity
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration

/// The containers of one command line, one after the other.
struct MigrationList {
    let intention: Intention

    /// Goes on past a failure.
    ///
    /// - Returns: the first failure's status, but that of a hand-over in doubt outranks every other.
    func run() async -> ExitStatus {
        let run: MigrationRun
        do {
            let workplace = try Workplace(
                timeout: self.intention.timeout, freezeTimeout: self.intention.freezeTimeout, guardian: Guardian())
            InterruptionSignals.deliver(to: workplace.interruption)
            run = MigrationRun(intention: self.intention, workplace: workplace)
        } catch {
            Output.complain("\(error)")
            return (error as? StepFailure)?.status ?? .system
        }
        var statuses: [ExitStatus] = []
        for item in self.intention.items {
            let (status, goesOn) = await self.migrate(item, run)
            statuses.append(status)
            guard goesOn else { break }
        }
        if statuses.contains(.inDoubt) { return .inDoubt }
        return statuses.first { $0 != .success } ?? .success
    }

    private func migrate(_ item: ContainerListItem, _ run: MigrationRun) async -> (ExitStatus, goesOn: Bool) {
        do {
            if let rehearsal = self.intention.rehearsal {
                try await run.rehearse(item, rehearsal)
            } else {
                Output.tell(try await run.migrate(item))
            }
            return (.success, goesOn: true)
        } catch let failure as StepFailure {
            Output.complain("CT \(item.container): \(failure.message)")
            return (failure.status, goesOn: true)
        } catch {
            // The journal's word: what became of the last event is unknown, and only a fresh process may find out.
            Output.complain("CT \(item.container): \(error) Run the command again: it finds out where it stands.")
            return (.system, goesOn: false)
        }
    }
}
