internal import ContainerIdentity
internal import MigrationModel

extension RunCommand {
    /// What `--recover` asks for, once it is known to make sense.
    func recoveryRequest() throws(UsageError) -> RecoveryRequest {
        if self.live.isAsked || self.migration.isAsked || self.checks.isAsked || self.failure.keepDestination
            || self.connection.ssh != nil || self.connection.limitSpeed != nil
        {
            throw UsageError(
                "--recover goes on with what was asked then; of the options of a migration only --timeout goes with it")
        }
        var containers: [ContainerID] = []
        for word in self.words {
            do { containers.append(try ContainerID(parsing: word)) } catch { throw UsageError("\(error)") }
        }
        return RecoveryRequest(
            containers: containers, decision: try self.decision(of: containers), worker: self.failure.guardedProcess,
            timeout: try self.connection.checkedTimeout())
    }

    private func decision(of containers: [ContainerID]) throws(UsageError) -> OperatorDecision? {
        let reason = self.failure.because?.trimmingBlanks ?? ""
        guard let assume = self.failure.assume else {
            guard self.failure.because == nil else { throw UsageError("--because goes with --assume") }
            return nil
        }
        guard containers.count == 1 else {
            throw UsageError("--assume decides for one container; give its id after --recover")
        }
        guard !reason.isEmpty else {
            throw UsageError("--assume needs --because TEXT: the journal keeps for ever why it was decided")
        }
        return OperatorDecision(assume.outcome, because: reason)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        guard let first = self.firstIndex(where: { !$0.isWhitespace }),
            let last = self.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
