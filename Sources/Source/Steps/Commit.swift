internal import Engine
internal import HandOver
internal import SSH
internal import Transfer

extension SourceSteps {
    /// Looks a last time whether the original is still held: one that a stranger let go has lived on, and what the
    /// destination holds is old.
    func decideCommit(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        // A copy's original goes on as it likes.
        guard !plan.kind.isCopy else { return .commitDecided }
        let site = self.site
        try await self.onThisNode(.system, "look at CT \(plan.container)") {
            let isHeld = plan.kind.isOnline ? try site.isHeld() : try !site.isAlive()
            guard isHeld else {
                throw StepFailure(
                    .improperContainer,
                    "somebody else let CT \(plan.container) run during its hand-over; it stays here and lives on")
            }
        }
        return .commitDecided
    }
}

extension SourceSteps {
    /// Tells the destination that the container is its own now, until it says that it has it.
    ///
    /// - Throws: a failure of status `inDoubt` that says where the container is and what will end the doubt. The
    ///   original stays frozen, and the next run tries again.
    func deliverCommit(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let start = self.session.environment.now
        var attempts = DeliveryAttempts(in: self.session.environment)
        while true {
            do throws(StepFailure) {
                // An original that is not known to be held could run beside the copy, so nothing is let go there.
                try await self.assureHeld(plan)
                let answer = try await self.link.request(.commit(plan.reference), interruption: nil)
                self.session.note("switch", since: start)
                return try self.outcome(answer, plan)
            } catch {
                guard await attempts.mayTryAgain(after: error) else { throw self.doubt(about: plan, after: error) }
                self.session.say("CT \(plan.container): \(error.message); telling it again")
            }
        }
    }

    private func outcome(_ answer: AgentAnswer, _ plan: MigrationPlan) throws(StepFailure) -> SourceEvent {
        switch answer {
        case .activated(let isRunning, let memoryLost, _):
            let downtime = plan.kind.runsAtFirst ? self.session.timeStopped : nil
            return .destinationConfirmed(
                ConfirmedHandOver(
                    isRunning: isRunning, downtime: downtime, isMemoryLost: memoryLost,
                    parts: downtime == nil ? [] : self.session.parts))
        case .handedBack(let refusal):
            return .commitRevoked(refusal.on(self.link.destination.host))
        case .done, .inspected, .sought, .contradicted, .refused:
            throw StepFailure(.protocolViolated, "the agent answered a commit with \(answer)")
        }
    }

    /// The original is no longer ours to run: if somebody thawed it since the decision, it is frozen again, and that is
    /// reported.
    func assureHeld(_ plan: MigrationPlan) async throws(StepFailure) {
        guard plan.kind.isOnline else { return }
        let (site, session) = (self.site, self.session)
        try await self.onThisNode(.system, "hold CT \(plan.container)") {
            guard try site.isAlive(), try !site.isHeld() else { return }
            try site.freezeAgain(timeout: .seconds(10))
            session.say(
                "CT \(plan.container): somebody else thawed the original after the hand-over was decided; "
                    + "it is frozen again")
        }
    }

    private func doubt(about plan: MigrationPlan, after failure: StepFailure) -> StepFailure {
        guard !plan.kind.isCopy else {
            return StepFailure(
                .inDoubt,
                "\(self.link.destination.host) has not confirmed the copy of CT \(plan.container) "
                    + "(\(failure.message)); the guardian asks again until it answers")
        }
        if plan.kind.isLazy, failure.status == .inDoubt { return self.lost(plan, failure) }
        return StepFailure(
            .inDoubt,
            "the hand-over of CT \(plan.container) is decided and \(self.link.destination.host) has not confirmed it "
                + "(\(failure.message)): the container runs nowhere or there, never here; the guardian tells "
                + "\(self.link.destination.host) again until it answers, and vzmigrate --recover \(plan.container) "
                + "does so at once")
    }
}

/// How often, and how long after one another, this process tries to deliver the outcome of a hand-over.
///
/// A run tries for a few seconds; what it could not deliver stays in the journal for the next one.
struct DeliveryAttempts {
    private let environment: any StepEnvironment
    private var left = 5
    private var pause = Duration.milliseconds(200)

    init(in environment: any StepEnvironment) { self.environment = environment }

    /// Waits, longer each time. `false` if it was the last attempt, or if trying again cannot help.
    mutating func mayTryAgain(after failure: StepFailure) async -> Bool {
        switch failure.status {
        // `locked`: the agent of an earlier attempt has not ended yet.
        case .cannotConnect, .connectionBroken, .connectionTimedOut, .system, .cannotStart, .locked: break
        default: return false
        }
        guard self.left > 0 else { return false }
        self.left -= 1
        do { try await self.environment.sleep(for: self.pause) } catch { return false }
        self.pause *= 2
        return true
    }
}
