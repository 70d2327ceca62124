internal import Container
internal import Destination
internal import Glibc
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import SSH
internal import Transfer

/// This server, opened for work: what all migrations of one process have in common.
struct RunContext {
    let node: SourceNode
    let journal: JournalStore
    let interruption: Interruption
    /// Passphrases and passwords, for all sessions of this process.
    let secrets = TypedSecrets()
    /// What all sessions of this process have ended of earlier migrations.
    let reconciliations = Reconciliations()
    /// How long a silent destination is waited for.
    let timeout: Duration
    /// How long a container may stand frozen before the commit; `nil` goes by its size.
    let freezeTimeout: Duration?
    /// Takes over when this process dies; `nil` in the guardian itself.
    let guardian: Guardian?

    /// - Throws: why this server cannot be worked on at all: a `StepFailure`, or the journal's own error.
    init(timeout: Duration, freezeTimeout: Duration? = nil, bytesPerSecond: UInt64? = nil, guardian: Guardian?) throws {
        self.interruption = Interruption(bytesPerSecond: bytesPerSecond)
        self.timeout = timeout
        self.freezeTimeout = freezeTimeout
        self.guardian = guardian
        guard geteuid() == 0 else {
            throw StepFailure(.system, "vzmigrate has to be run as root: it works on containers and their files")
        }
        let layout = NodeLayout()
        let logs = "\(layout.journalDirectory)/logs"
        self.journal = try JournalStore(directory: layout.journalDirectory, toolVersion: ToolVersion.text)
        do {
            try DurableFile.makeDirectories(logs, mode: 0o700)
            self.node = SourceNode(
                registry: try ContainerRegistry(of: layout),
                programs: HostPrograms(layout: layout, agent: ToolVersion.agentPath, logs: logs),
                journal: self.journal)
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }

    /// The same server in the other role.
    var arrivals: DestinationRecovery {
        DestinationRecovery(
            host: DestinationNode(
                registry: self.node.registry, programs: self.node.programs, journal: self.journal,
                tool: ToolVersion.text))
    }

    /// - Parameters:
    ///   - container: whose lock is taken.
    ///   - purpose: told to whoever comes second.
    /// - Returns: the lock, held.
    /// - Throws: a failure of status `locked` that names the holder.
    func lock(_ container: ContainerID, purpose: String) throws(StepFailure) -> ContainerLock {
        do throws(ContainerLockError) {
            let lock = try ContainerLock(of: container, in: self.node.registry.global, purpose: purpose)
            if let silence = lock.silence { Output.tell("CT \(container): its lock does not name us: \(silence)") }
            return lock
        } catch .lock(let id, let error) {
            throw StepFailure(.locked, "\(ContainerLockError.lock(id, error))")
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }

    /// The same, but a recovery that is at work is waited for: it ends what whoever asks would have to end first.
    func lockInTurn(_ container: ContainerID, purpose: String) async throws(StepFailure) -> ContainerLock {
        let start = ContinuousClock.now
        while true {
            do throws(StepFailure) {
                return try self.lock(container, purpose: purpose)
            } catch {
                guard error.status == .locked, self.isHeldForMoments(container, since: start) else { throw error }
            }
            // Whoever cancels this finds the lock held, or has it.
            try? await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    /// A guardian that ends an earlier run gives the container back soon. It may just have taken the lock and not yet
    /// have said so, and then nobody knows who holds it.
    private func isHeldForMoments(_ container: ContainerID, since start: ContinuousClock.Instant) -> Bool {
        let waited = ContinuousClock.now - start
        guard let holder = ContainerLock.holder(of: container, in: self.node.registry.global) else {
            return waited < .seconds(2)
        }
        return holder.purpose == Recovery.purpose && waited < .seconds(20)
    }
}

/// Several sessions of one process hear at once of a hand-over that a destination has not ended. One of them ends it:
/// an agent that is given the order ends the agent that had it before, and that would be another session's of ours.
actor Reconciliations {
    /// Those that are being ended, and who waits for that.
    private var waiting: [HandOverReference: [CheckedContinuation<Void, Never>]] = [:]

    /// Hand-overs, by their ids, that this process ends by itself.
    private var ownWork: Set<String> = []

    /// Leaves hand-overs to those who are about to end them.
    func leave(_ ids: [String]) { self.ownWork.formUnion(ids) }

    /// Returns when it has been tried, by us or by another session, which then tells what has become of it.
    func once(_ reference: HandOverReference, _ end: @Sendable () async throws -> Void) async throws {
        guard !self.ownWork.contains(reference.id) else { return }
        if self.waiting[reference] != nil {
            return await withCheckedContinuation { self.waiting[reference]?.append($0) }
        }
        self.waiting[reference] = []
        defer { for other in self.waiting.removeValue(forKey: reference) ?? [] { other.resume() } }
        try await end()
    }
}
