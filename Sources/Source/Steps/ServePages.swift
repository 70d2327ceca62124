internal import HandOver
internal import SSH
internal import Transfer

extension SourceSteps {
    /// The restore at the destination may touch pages that are still here.
    func offerPages(_ plan: MigrationPlan) async throws(StepFailure) {
        let memory = try await self.originalsMemory(plan)
        try await self.link.offerPages(of: memory, to: plan.reference)
    }

    /// Gives the container at the destination the rest of its memory. A connection that breaks is made again, and what
    /// is still awaited goes on over the new one.
    ///
    /// - Throws: a failure of status `inDoubt` that says where the container is and what will end the doubt. The
    ///   original stays frozen.
    func servePages(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        let isAlive = try await self.onThisNode(.system, "look at CT \(plan.container)") { try site.isAlive() }
        var attempts = DeliveryAttempts(in: self.session.environment)
        while true {
            do throws(StepFailure) {
                guard isAlive else { return try await self.withoutOriginal(plan) }
                try await self.assureHeld(plan)
                let memory = try await self.originalsMemory(plan)
                _ = try await self.link.servePages(of: memory, to: plan.reference)
                // It has to be in the destination's journal first: one that loses its power does not know it else.
                if let end = try await self.ask(plan, after: nil) { return end }
                throw StepFailure(.connectionBroken, "the destination has not got all of its memory")
            } catch {
                var failure = error
                if isAlive, !error.isOfConnection {
                    do throws(StepFailure) { if let end = try await self.ask(plan, after: error) { return end } } catch
                    {
                        failure = error
                    }
                }
                if failure.status == .inDoubt { throw failure }
                guard await attempts.mayTryAgain(after: failure) else { throw self.waiting(plan, failure) }
                self.session.say("CT \(plan.container): \(failure.message); the rest of its memory is sent again")
            }
        }
    }

    /// What the destination has made of the container: an operator there may have decided about it meanwhile.
    ///
    /// - Returns: `nil` where it runs there and awaits the rest of its memory.
    /// - Throws: of status `inDoubt` where it was ended there, and nobody has decided yet.
    private func ask(_ plan: MigrationPlan, after failure: StepFailure?) async throws(StepFailure) -> SourceEvent? {
        let answer: AgentAnswer
        do throws(StepFailure) {
            answer = try await self.link.request(.commit(plan.reference), interruption: nil)
        } catch {
            throw error.status == .inDoubt ? self.lost(plan, failure ?? error) : error
        }
        switch answer {
        case .activated(_, memoryLost: true, _):
            return .postCopyAbandoned(
                StepFailure(.inDoubt, "it was started anew on \(self.link.destination.host), on an operator's word"))
        case .activated(_, memoryLost: false, let followed):
            return followed.map { .postCopyFinished($0) }
        case .handedBack(let refusal): return .commitRevoked(refusal.on(self.link.destination.host))
        case .done, .inspected, .sought, .contradicted, .refused:
            throw StepFailure(.protocolViolated, "the agent answered a commit with \(answer)")
        }
    }

    /// The original is gone. Where the container was removed over there as well, what is left of it is here.
    private func withoutOriginal(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        do throws(StepFailure) {
            return try await self.ask(plan, after: nil) ?? .postCopyAbandoned(Self.originalGone(plan))
        } catch {
            guard error.status == .inDoubt else { throw error }
            return .postCopyAbandoned(Self.originalGone(plan))
        }
    }

    private func originalsMemory(_ plan: MigrationPlan) async throws(StepFailure) -> OutgoingMemory {
        let site = self.site
        return try await self.onThisNode(.liveMigrationFailed, "read the dump of CT \(plan.container)") {
            try site.dumpedMemory()
        }
    }

    /// The words for an operator who has to decide what goes on.
    func lost(_ plan: MigrationPlan, _ failure: StepFailure) -> StepFailure {
        let host = self.link.destination.host
        return StepFailure(
            .inDoubt,
            "it was stopped on \(host) before all of its memory was there (\(failure.message)); its original is "
                + "frozen here as it was at the hand-over; decide: vzmigrate --recover \(plan.container) --assume "
                + "aborted --because TEXT has it go on here from that moment, and what it did on \(host) since is "
                + "lost; --assume committed, first here and then on \(host), starts it anew there, without its memory")
    }

    private func waiting(_ plan: MigrationPlan, _ failure: StepFailure) -> StepFailure {
        let host = self.link.destination.host
        return StepFailure(
            .inDoubt,
            "it runs on \(host) and awaits the rest of its memory, which is here in its frozen original "
                + "(\(failure.message)): it stands still where it needs a page of it; the guardian goes on sending "
                + "as soon as \(host) can be reached, and vzmigrate --recover \(plan.container) does so at once")
    }

    private static func originalGone(_ plan: MigrationPlan) -> StepFailure {
        StepFailure(
            .inDoubt,
            "the frozen original of CT \(plan.container) is gone from this server, after a loss of power or on "
                + "somebody's word, before all of its memory was at the destination")
    }
}

extension StepFailure {
    /// Whether the other side may be well, and only cannot be heard.
    fileprivate var isOfConnection: Bool {
        [.cannotConnect, .connectionBroken, .connectionTimedOut, .locked].contains(self.status)
    }
}
