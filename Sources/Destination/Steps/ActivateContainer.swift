internal import HandOver
internal import Transfer

extension DestinationSteps {
    /// The container is this node's now: it is registered for good, then let go. Every part looks at what there is, so
    /// it may be done again from any point.
    ///
    /// A container that is gone before anything of it ran here is handed back: the original still has its memory. One
    /// that may have run, or that an operator wants here, is started anew, over the disk that is here.
    func activateContainer(_ migration: DestinationMigration) throws -> DestinationEvent {
        let plan = migration.plan
        let site = self.host.site(of: plan)
        // An operator's word means that its source is gone, and the rest of its memory with it.
        if plan.kind.isLazy, migration.decision != nil { try site.discardProcesses() }
        let isGone = try plan.kind.isOnline && !site.isRestored()
        if isGone, !migration.mayHaveRun, migration.decision == nil { return .handedBack(Self.died) }
        // Its original could go on: that is for an operator to say.
        if isGone, plan.kind.isLazy, migration.decision == nil, migration.loss == nil {
            return .pagesLost(Self.gone, isForGood: false)
        }
        if plan.kind.isLazy, !isGone, try !Self.isServed(site) {
            try site.discardProcesses()
            return migration.mayHaveRun ? .pagesLost(Self.gone, isForGood: false) : .handedBack(Self.died)
        }
        try site.register()
        if isGone {
            try site.lowerFence()
            // One that runs without having been restored is what an earlier attempt has started, and maybe no more.
            if try site.isRunning() {
                try site.plug()
                try site.announce()
            } else {
                try site.discardProcesses()
                try site.start()
            }
            return .resumed(isRunning: true, memoryLost: true)
        }
        let isRunning = try Self.letGo(site, plan.kind)
        // If something ends it while its memory is still coming, nothing may start it here beside its original.
        if !plan.kind.isLazy { try site.lowerFence() }
        return .resumed(isRunning: isRunning, memoryLost: false)
    }

    private static let died = StepFailure(
        .cannotStart,
        "the restored container was gone when the hand-over came, after a loss of power or on somebody's word, and "
            + "nothing of it ran; it is handed back")

    private static let gone = StepFailure(
        .inDoubt, "it was gone before all of its memory was here, and may have run for a moment")

    /// Whether somebody answers for the pages that are not here, or all are.
    private static func isServed(_ site: any DestinationSite) throws -> Bool {
        switch try site.pages() {
        case .serving, .served: true
        case .none, .lost: false
        }
    }

    private static func letGo(_ site: any DestinationSite, _ kind: MigrationKind) throws -> Bool {
        switch kind {
        case .stopped, .copied, .restarted(starting: false): return false
        case .restarted(starting: true):
            try site.startHeld()
            try site.plug()
        case .online:
            try site.plug()
            try site.releaseHeld()
        }
        try site.announce()
        return true
    }
}
