internal import Host

/// A program that keeps containers on this server: one type a runtime.
///
/// Every call blocks its thread until the program has ended. The standard streams of containers are /dev/null.
package protocol ContainerRuntime: Sendable {
    func version() throws(ContainerRuntimeError) -> String

    /// `nil` where the runtime does not know the container.
    func state(_ id: String) throws(ContainerRuntimeError) -> ContainerState?

    /// Makes the container with its first process waiting for `start`.
    ///
    /// The generated configuration is a file that the runtime sees in the place of the bundle's config.json, so that a
    /// fenced bundle can be used while its fence stands; `nil` is the bundle's own.
    func create(_ id: String, bundle: String, generatedConfiguration: String?) throws(ContainerRuntimeError)

    /// Fails on a paused container.
    func start(_ id: String) throws(ContainerRuntimeError)

    /// Asks the container to end, makes it end when the time is over, and deletes it. Done where it is not known.
    func stop(_ id: String, timeout: Duration) throws(ContainerRuntimeError)

    /// Done where the container is not known.
    func delete(_ id: String, force: Bool) throws(ContainerRuntimeError)

    /// Whether a checkpoint may leave the pages where they are, and a restore go on without them.
    var leavesPages: Bool { get }

    /// Why no checkpoint, or none that leaves pages, can be taken or restored on this server, and what could; `nil`
    /// where it can.
    func checkpointObstacle(leavingPages: Bool) throws(ContainerRuntimeError) -> String?

    /// Dumps the container.
    ///
    /// `whenDumped` is called once on this thread when the images are whole: where pages are left behind, while CRIU
    /// still holds the tasks and is about to go away. What it throws fails the call.
    func checkpoint(
        _ id: String, _ options: CheckpointOptions, whenDumped: @escaping @Sendable () throws -> Void
    ) throws(ContainerRuntimeError)

    func restore(_ id: String, bundle: String, _ options: RestoreOptions) throws(ContainerRuntimeError)

    /// The freezer of the container's cgroup; `nil` where the runtime does not know the container.
    func freezer(_ id: String) throws(ContainerRuntimeError) -> ContainerFreezer?

    /// The limit of the container's processor time; `nil` where it has none or the runtime does not know it.
    func cpuLimit(_ id: String) throws(ContainerRuntimeError) -> CPULimit?
}

/// A container as its runtime knows it.
package struct ContainerState: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable {
        /// Its first process waits for `start`.
        case created
        case running
        /// Its cgroup is frozen; a created container can be paused too.
        case paused
        /// Its first process is gone; what the runtime keeps of it is still there.
        case stopped
    }

    package let id: String
    package let status: Status
    /// The first process as this server numbers it; `nil` once stopped.
    package let pid: Int32?
    /// The path of the bundle that it was made from.
    package let bundle: String

    package init(id: String, status: Status, pid: Int32?, bundle: String) {
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
    }

    /// Reads what `runc state` prints. See: the OCI runtime specification, runtime.md, State.
    init?(_ document: JSONValue) {
        guard let id = document["id"]?.text, let bundle = document["bundle"]?.text,
            let status = document["status"]?.text.flatMap({ Status(rawValue: $0) })
        else { return nil }
        let pid = document["pid"]?.integer.flatMap { Int32(exactly: $0) } ?? 0
        self.init(id: id, status: status, pid: pid > 0 ? pid : nil, bundle: bundle)
    }
}

/// Why a verb of the runtime failed, in the runtime's and CRIU's own words.
package struct ContainerRuntimeError: Error, Sendable, CustomStringConvertible {
    /// Such as `runc checkpoint`.
    package let operation: String
    package let containerID: String
    /// What the runtime said last, or why it could not be run.
    package let message: String
    /// What an operator can make of it; `nil` where nothing better than `message` is known.
    package let reason: String?
    /// The first errors in CRIU's log, without its positions in source files.
    package let criuErrors: [String]
    /// CRIU's whole log, which is kept; `nil` where CRIU had no part in it.
    package let logPath: String?

    package init(
        operation: String, containerID: String, message: String, reason: String? = nil, criuErrors: [String] = [],
        logPath: String? = nil
    ) {
        self.operation = operation
        self.containerID = containerID
        self.message = message
        self.reason = reason
        self.criuErrors = criuErrors
        self.logPath = logPath
    }

    init(operation: String, containerID: String, cause: HostProgramError) {
        self.init(operation: operation, containerID: containerID, message: cause.description)
    }

    package var description: String {
        let what = [self.reason, self.message].compactMap { $0 }.joined(separator: " - ")
        let log = self.logPath.map { "; CRIU's log: \($0)" } ?? ""
        let errors = self.criuErrors.isEmpty ? "" : " (CRIU: \(self.criuErrors.joined(separator: "; ")))"
        return "\(self.operation) of container \(self.containerID) failed: \(what)\(errors)\(log)"
    }
}

/// How a checkpoint is taken. The container must be paused before, if nothing may run during or after it.
package struct CheckpointOptions: Hashable, Sendable {
    /// How the container's cgroups are treated, in runc's words. `ignore` keeps CRIU's hands off: runc makes them
    /// itself from config.json, and CRIU's other modes rewrite the mount options of the server's cgroup2.
    package static let controlGroupMode = "ignore"

    /// The directory of the images, which exists.
    package var images: String
    /// Where CRIU's log goes and its scratch files are; exists.
    package var work: String
    /// The tasks are left as they were found instead of being killed.
    package var leaveRunning = true
    /// Established TCP connections are taken along; without it one of them fails the checkpoint.
    package var tcpEstablished = true
    package var fileLocks = true
    /// Pages stay where they are, and the images only name them. Needs userfaultfd, though nothing is ever faulted in.
    package var leavesPages = true
    /// After this runc and CRIU are ended and the call fails; `nil` waits for ever.
    package var timeout: Duration?
    package var criu = CriuConfiguration()

    package init(images: String, work: String) {
        self.images = images
        self.work = work
    }
}

/// How a container is restored from images.
package struct RestoreOptions: Hashable, Sendable {
    /// The directory of the images.
    package var images: String
    /// Where CRIU's log goes, and where the socket of the lazy pages daemon is; exists.
    package var work: String
    /// Every task is left stopped by a signal, having run no instruction of its own.
    package var leaveStopped = true
    package var tcpEstablished = true
    package var fileLocks = true
    package var lazyPages = false
    /// A complete configuration without a fence, put in the place of the bundle's config.json for runc's eyes alone.
    package var generatedConfiguration: String?
    /// After this runc and CRIU are ended and the call fails; `nil` waits for ever.
    package var timeout: Duration?
    package var criu = CriuConfiguration()

    package init(images: String, work: String) {
        self.images = images
        self.work = work
    }
}
