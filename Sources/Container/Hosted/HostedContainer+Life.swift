internal import Glibc
internal import Host

extension HostedContainer {
    /// Starts a container that does not run: namespace, processes, then the cable. The fence has to be down.
    package func start() throws(HostingError) {
        try HostingError.wrapping(.cannotStart) {
            try self.runtime.delete(self.runtimeID, force: true)
            try self.network?.build()
            try self.runtime.create(self.runtimeID, bundle: self.area, generatedConfiguration: nil)
            try self.runtime.start(self.runtimeID)
            try self.plug()
            try self.announce()
        }
    }

    /// Asks the container to end, makes it end after `timeout`, and takes its network away.
    package func stop(timeout: Duration) throws(HostingError) {
        try HostingError.wrapping(.cannotStop) {
            try self.runtime.stop(self.runtimeID, timeout: timeout)
            try self.network?.remove()
        }
    }

    /// Freezes every task, then darkens the network. Nothing runs, nothing is acknowledged, until `thaw`.
    ///
    /// In this order what was sent before the freeze is still acknowledged, to both sides, and is a part of the dump. A
    /// task that went on sending into the dark would wait for its retransmission timer after the restore, which begins
    /// anew with a second or more. See: RFC 6298, section 2.
    package func freeze(timeout: Duration) throws(HostingError) {
        try HostingError.wrapping(.cannotStop) {
            try self.freezer().freeze(timeout: timeout)
            try self.network?.unplug()
        }
    }

    /// The same before a dump, which may let its tasks run for another moment in the dark: never after a decision.
    ///
    /// CRIU takes no connection along that nobody has accepted, and one may have come between the freeze and the dark.
    package func freezeForDump(timeout: Duration) throws(HostingError) {
        try self.freeze(timeout: timeout)
        try HostingError.wrapping(.cannotStop) {
            guard self.network != nil else { return }
            let pending = PendingConnections(at: try self.firstProcess())
            guard pending.exist else { return }
            let freezer = try self.freezer()
            try freezer.thaw()
            let end = ContinuousClock.now + .milliseconds(200)
            while pending.exist, ContinuousClock.now < end { usleep(500) }
            try freezer.freeze(timeout: timeout)
        }
    }

    /// Lights the network of a frozen container and lets it go on where it was, whatever is wrong with the network.
    package func thaw() throws(HostingError) {
        try HostingError.wrapping(.system) {
            let mended = Result {
                guard DurableFile.exists(self.imagesDirectory) else { return }
                try self.stoppedTasks().stopAgain(notedIn: self.imagesDirectory)
                try self.freezer().endSocketRepair()
            }
            // It stands still meanwhile.
            let lit = Result { if self.hasNetwork { try self.plug(within: .seconds(2)) } }
            // Whatever could not be mended, it must not stand still for it.
            try self.freezer().thaw()
            try mended.get()
            try lit.get()
            if self.hasNetwork { try self.announce() }
        }
    }

    /// Whether every task is held by the freezer, and the network is dark.
    package func isHeld() throws(HostingError) -> Bool {
        try HostingError.wrapping(.system) {
            guard try self.runtime.freezer(self.runtimeID)?.state() == .frozen else { return false }
            guard let network = self.network, !network.interfaces.isEmpty else { return true }
            return !network.isPlugged
        }
    }

    /// Ends a container for good, frozen or not, without an instruction of it running: first its tasks, then the pairs
    /// of its network, then the namespace.
    package func destroy() throws(HostingError) {
        try HostingError.wrapping(.system) {
            try self.runtime.freezer(self.runtimeID)?.destroyTasks(timeout: .seconds(10))
            try self.runtime.delete(self.runtimeID, force: true)
            try self.network?.remove()
        }
    }

    /// When its first process began, by the clock that counts from this boot; `nil` where that cannot be told.
    package func bootNanosecondsAtStart() throws(HostingError) -> UInt64? {
        try HostingError.wrapping(.system) { try ProcessStart.bootNanoseconds(of: self.firstProcess()) }
    }

    /// Makes sure that a container that runs is connected. Done again it does no harm.
    package func reconnect() throws(HostingError) {
        guard let network = self.network, network.exists else { return }
        // Its neighbours are forgotten only while it is dark: what waits for one of them is lost with that.
        if !network.isPlugged { try self.plug() }
        try self.announce()
    }

    private var hasNetwork: Bool { self.network?.exists ?? false }

    /// Connects the container: from here on packets reach it, and leave it for whoever answers now.
    package func plug(within timeout: Duration = ContainerNetwork.patience) throws(HostingError) {
        try HostingError.wrapping(.system) {
            try self.network?.plug(within: timeout)
            try self.network?.forgetNeighbours(within: timeout)
        }
    }

    /// Tells the segment where the container's addresses are now.
    package func announce() throws(HostingError) {
        try HostingError.wrapping(.system) { try self.network?.announce() }
    }

    func freezer() throws -> ContainerFreezer {
        guard let freezer = try self.runtime.freezer(self.runtimeID) else {
            throw HostingError(.notRunning, "CT \(self.id) does not run any more")
        }
        return freezer
    }

    func stoppedTasks() throws -> StoppedTasks {
        StoppedTasks(freezer: try self.freezer(), initPid: try self.firstProcess())
    }

    /// The container's first process, as this server numbers it.
    func firstProcess() throws -> Int32 {
        guard let pid = try self.runtime.state(self.runtimeID)?.pid else {
            throw HostingError(.notRunning, "CT \(self.id) has no process any more")
        }
        return pid
    }
}

/// Processor time that is taken from a container which writes faster than its memory can be sent.
extension HostedContainer {
    /// What the limit was before the first throttling. In memory, like the cgroup that it is of.
    private var limitNote: String { "\(self.runDirectory)/cpu-limit" }

    /// Takes so many percent of its processor time away, counted from what it had at first.
    package func throttle(percent: Int) throws(HostingError) {
        try HostingError.wrapping(.system) {
            guard let limit = try self.runtime.cpuLimit(self.runtimeID) else {
                throw HostingError(.system, "CT \(self.id) has no cgroup with a limit of processor time")
            }
            let before = try self.notedLimit() ?? limit.value()
            try DurableFile.write(Array("\(before)".utf8), to: self.limitNote, mode: 0o600)
            try limit.set(before.throttled(percent: percent, ceiling: limit.ceiling))
        }
    }

    /// Gives back what was taken. Done where nothing was.
    package func endThrottle() throws(HostingError) {
        try HostingError.wrapping(.system) {
            guard let before = try self.notedLimit() else { return }
            try self.runtime.cpuLimit(self.runtimeID)?.set(before)
            try DurableFile.remove(self.limitNote)
        }
    }

    private func notedLimit() throws -> CPULimit.Value? {
        guard DurableFile.exists(self.limitNote) else { return nil }
        let text = String(decoding: try DurableFile.read(self.limitNote, limit: 100), as: UTF8.self)
        guard let value = CPULimit.Value(text) else {
            throw HostingError(.system, "\(self.limitNote) is damaged; set the limit of CT \(self.id) by hand")
        }
        return value
    }
}
