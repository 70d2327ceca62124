internal import Container
internal import Destination
internal import Engine
internal import Glibc
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import SSH
internal import Supervisor

/// This server, as who finishes migrations sees it.
struct RealServer: SupervisedServer {
    /// How long a silent destination is waited for.
    let timeout: Duration
    /// Passphrases and passwords, for all sessions of this process.
    let secrets = TypedSecrets()

    var environment: any StepEnvironment { ServerEnvironment() }

    func open() throws -> any SourceHost { try self.opened() }

    func opened() throws -> OpenedServer {
        guard geteuid() == 0 else {
            throw StepFailure(.system, "vzmigrate has to be run as root: it works on containers and their files")
        }
        let layout = NodeLayout()
        let logs = "\(layout.journalDirectory)/logs"
        let journal = try JournalStore(directory: layout.journalDirectory, toolVersion: ToolVersion.text)
        do {
            try DurableFile.makeDirectories(logs, mode: 0o700)
            let node = SourceNode(
                registry: try ContainerRegistry(of: layout),
                programs: HostPrograms(layout: layout, agent: ToolVersion.agentPath, logs: logs), journal: journal)
            return OpenedServer(node: node, timeout: self.timeout, secrets: self.secrets)
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }

    func startGuardian() throws(StepFailure) {
        var program = HostProgram(ToolVersion.migratePath, ["--recover", "--guard", String(getpid())])
        // What opens the keys of whoever runs us opens them for it too.
        for name in ["SSH_AUTH_SOCK", "HOME"] {
            guard let value = getenv(name) else { continue }
            program.environment.removeAll { $0.hasPrefix("\(name)=") }
            program.environment.append("\(name)=\(String(cString: value))")
        }
        do { try program.detach() } catch {
            throw StepFailure(.system, "the guardian of this migration could not be started: \(error)")
        }
    }

    /// A parent that has ended already left us to another one.
    func waitForEnd(of worker: Int32) async throws {
        while getppid() == worker {
            do {
                guard let process = try HostProcess.holding(worker) else { return }
                if process.waitUntilGone(.seconds(1 << 30)) { return }
            } catch {
                // Such as no descriptor that is free: it may live.
                try await self.environment.sleep(for: .milliseconds(200))
            }
        }
    }

    func tryPost(_ post: GuardianPost) -> LockAttempt {
        let layout = NodeLayout()
        let path =
            switch post {
            case .first: layout.guardianLock
            case .next: "\(layout.guardianLock).next"
            }
        do {
            return .taken(HeldFile(try FileLock(acquiring: path, purpose: post.purpose)))
        } catch {
            switch error {
            case .held: return .held(sentence: "\(error)", purpose: FileLock.holder(of: path)?.purpose)
            case .file: return .unknown(StepFailure(.system, "\(error)"))
            }
        }
    }
}

/// This server, opened for work.
struct OpenedServer: SourceHost {
    let node: SourceNode
    let timeout: Duration
    let secrets: TypedSecrets

    var records: any MigrationRecords { self.node.journal }
    var arrivals: any DestinationHost {
        DestinationNode(
            registry: self.node.registry, programs: self.node.programs, journal: self.node.journal,
            tool: ToolVersion.text)
    }

    func tryLock(_ container: ContainerID, purpose: String) -> LockAttempt {
        let global = self.node.registry.global
        do {
            return .taken(HeldContainerLock(try ContainerLock(of: container, in: global, purpose: purpose)))
        } catch {
            guard case .lock(_, .held) = error else { return .unknown(StepFailure(error, at: .source)) }
            return .held(
                sentence: "\(error)", purpose: ContainerLock.holder(of: container, in: global)?.purpose)
        }
    }

    func site(of plan: MigrationPlan) -> any SourceSite { LocalSourceSite(of: plan, from: self.node) }

    func link(
        for plan: MigrationPlan, peer: PeerWitness, reconcile: @escaping ReconcileEarlier
    ) throws -> any DestinationLink { try self.secureLink(for: plan, peer: peer, reconcile: reconcile) }

    func secureLink(
        for plan: MigrationPlan, peer: PeerWitness, reconcile: @escaping ReconcileEarlier
    ) throws -> SecureLink {
        let container = plan.container
        let say: @Sendable (String) -> Void = { Output.tell("CT \(container): \($0)") }
        var options = SSHOptions()
        options.timeout = self.timeout
        options.secrets = self.secrets
        options.askpassProgram = ToolVersion.migratePath
        options.say = say
        return SecureLink(
            destination: try SSHDestination(parsing: plan.places.destination),
            client: SSHClient(to: plan.places.destination, commandLine: plan.places.sshOptions, base: options),
            patience: options.timeout, tool: ToolVersion.text, journal: self.node.journal, peer: peer,
            reconcile: reconcile,
            say: say)
    }
}

/// Its containers.
extension OpenedServer {
    private var registry: ContainerRegistry { self.node.registry }

    func isRegistered(_ container: ContainerID) -> Bool { self.registry.isRegistered(container) }

    func containers(called name: ContainerID) throws -> [ContainerID] {
        try name.kind == .uuid
            ? self.registry.containers(withUUID: name.description) : self.registry.containers(named: name.description)
    }

    func facts(of container: ContainerID) throws -> ContainerFacts {
        let hosted = try self.node.container(container)
        return ContainerFacts(
            container: container, identity: try hosted.configuration.uuid,
            isDisabled: try hosted.configuration.isDisabled, isAlive: try hosted.isAlive(), privateArea: hosted.area,
            hasUnfinishedTrial: TrialDump.isUnfinished(in: hosted.runDirectory))
    }

    func removesMigrated() throws -> Bool { try self.registry.global.removesMigrated }
    var servesPages: Bool { UserFaults.areThere }

    func newMigration() -> UniqueID { .random() }
    func newIdentity() -> String { UniqueID.random().uuid }

    func unfinishedTrials() throws -> [ContainerID] {
        try self.registry.containers().filter { TrialDump.isUnfinished(in: self.node.layout.runDirectory($0)) }
    }

    func endTrial(of container: ContainerID) async throws(StepFailure) {
        try await TrialDump(of: self.node.container(container)).end()
    }
}

private final class HeldFile: HeldLock {
    private let lock: FileLock

    init(_ lock: consuming FileLock) { self.lock = lock }

    /// Nobody looks for the holder of a post.
    var announcementFailure: StepFailure? { nil }
}

private final class HeldContainerLock: HeldLock {
    private let lock: ContainerLock

    init(_ lock: consuming ContainerLock) { self.lock = lock }

    var announcementFailure: StepFailure? { self.lock.announcementFailure.map { StepFailure(.system, "\($0)") } }
}
