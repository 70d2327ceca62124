internal import Glibc
internal import Host
internal import Transfer

/// An arriving container: made, held, and then let go or discarded. Its bundle is fenced throughout.
extension HostedContainer {
    /// In the run directory from before the first thing is made of an arriving container until all of it is gone: in
    /// memory, like the namespaces and processes that it speaks of.
    package static let arrivalMark = "arriving"

    /// Restores the container from `imagesDirectory`, every task stopped and frozen, its network dark.
    ///
    /// - Parameters:
    ///   - logs: an existing directory that keeps CRIU's log.
    ///   - follows: whether pages that the images lack follow: whoever answers for them is running.
    /// - Throws: why it is not restored; what was made of it then is discarded by `discardArrival`.
    package func restoreHeld(logs: String, follows: Bool) throws(HostingError) {
        try HostingError.wrapping(.checkpoint) {
            try self.buildDark()
            var options = RestoreOptions(images: self.imagesDirectory, work: logs)
            options.lazyPages = follows
            let socket = "\(logs)/\(PagesDirectory.restoreSocket)"
            if follows { try self.pages.leadRestore(to: socket) }
            defer { unlink(socket) }
            options.generatedConfiguration = self.trueConfiguration
            try self.runtime.restore(self.runtimeID, bundle: self.area, options)
            try self.restoredTasks().assureAllStopped()
            try self.freezer().freeze(timeout: .seconds(10))
            // Read now as well, so that images which cannot be read are found before the vote.
            _ = try self.tasksToContinue()
        }
    }

    /// Whether the processes that were restored are here: held, or let go already. Others may have been started since.
    package func isRestored() throws(HostingError) -> Bool {
        guard DurableFile.exists(self.arrivalMarkPath) else { return false }
        return try self.isRunning()
    }

    /// Whether it was let run, whatever holds it now. One that was only created was not.
    package func isRunning() throws(HostingError) -> Bool {
        switch try self.state()?.status {
        case .running, .paused: true
        case .created, .stopped, nil: false
        }
    }

    /// Lets a restored container go on where the dump found it. Its first instruction on this node runs in here.
    ///
    /// - Throws: `cannotStart` if it died since it was restored: then nothing of it ran here.
    package func releaseHeld() throws(HostingError) {
        try HostingError.wrapping(.cannotStart) {
            guard try self.isAlive() else {
                throw HostingError(.cannotStart, "the restored CT \(self.id) died before it was let go")
            }
            if try self.freezer().state() != .frozen {
                // Let go by an earlier attempt; or thawed by somebody, and then every task is still stopped. What
                // cannot be read is neither: the activation fails, and is tried again.
                guard try self.restoredTasks().areAllStopped() else { return }
                try self.freezer().freeze(timeout: .seconds(10))
            }
            try self.restoredTasks().release(self.tasksToContinue())
        }
    }

    /// Creates the container so that only its start is left, and freezes it so that a start by hand fails.
    package func createHeld() throws(HostingError) {
        try HostingError.wrapping(.cannotStart) {
            try self.buildDark()
            try self.runtime.create(
                self.runtimeID, bundle: self.area, generatedConfiguration: self.trueConfiguration)
            try self.freezer().freeze(timeout: .seconds(10))
        }
    }

    /// Starts a container that `createHeld` has left; one that died meanwhile, before it ran, is created once more.
    package func startHeld() throws(HostingError) {
        if try self.state()?.status == .running { return }
        if try !self.isAlive() {
            try self.discardArrival()
            try self.createHeld()
        }
        try HostingError.wrapping(.cannotStart) {
            try self.freezer().thaw()
            // crun lets anybody start a frozen one.
            if try self.state()?.status == .running { return }
            try self.runtime.start(self.runtimeID)
        }
    }

    /// Ends and removes whatever was made of an arriving container; touches nothing that was there before it.
    package func discardArrival() throws(HostingError) {
        guard try HostingError.wrapping(.system, { try DurableFile.isThere(self.arrivalMarkPath) }) else { return }
        let group = self.bundle.controlGroupPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
        // A runtime that was killed in a restore knows nothing of the tasks that CRIU had begun; their group does.
        if let group {
            try HostingError.wrapping(.system) { try ControlGroups.destroyTasks(in: group, timeout: .seconds(10)) }
        }
        try self.destroy()
        // Not before: who answers for pages is not gone while a thread could read one.
        try HostingError.wrapping(.system) { try self.pages.endDaemon() }
        if let group { ControlGroups.removeEmpty(group) }
        try HostingError.wrapping(.system) { _ = try DurableFile.remove(self.arrivalMarkPath) }
    }

    private var arrivalMarkPath: String { "\(self.runDirectory)/\(Self.arrivalMark)" }

    private var trueConfiguration: String { "\(self.area)/\(BundleFence.fenced)" }

    private func buildDark() throws {
        try self.assureNamesAreFree()
        try DurableFile.makeDirectories(self.runDirectory, mode: 0o700)
        try DurableFile.write([], to: self.arrivalMarkPath)
        try self.network?.build()
    }

    /// What has one of the container's names now belongs to another one.
    private func assureNamesAreFree() throws {
        if let state = try self.runtime.state(self.runtimeID) {
            throw HostingError(
                .improper, "the runtime has a container \(self.id) already, which is \(state.status)")
        }
        guard let network = self.network else { return }
        let devices = network.interfaces.map(\.hostName).filter { DurableFile.exists("/sys/class/net/\($0)") }
        let taken = (network.exists ? [network.path] : []) + devices
        guard taken.isEmpty else {
            throw HostingError(
                .improper,
                "\(taken.joined(separator: ", ")), which CT \(self.id) would have, exists on this server and belongs "
                    + "to another container; give the container another namespace in config.json or another host_ifname"
            )
        }
    }

    /// Which tasks of a restored container were not stopped at the dump.
    private func tasksToContinue() throws -> [Int32] {
        let stopped = try CheckpointImages(path: self.imagesDirectory).stoppedProcesses()
        return try self.restoredTasks().processesToContinue(stoppedAtCheckpoint: stopped)
    }

    private func restoredTasks() throws -> RestoredTasks {
        RestoredTasks(freezer: try self.freezer(), initPid: try self.firstProcess())
    }
}
