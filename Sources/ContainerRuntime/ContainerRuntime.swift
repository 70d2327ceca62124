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

    /// Sends a signal to the first process.
    func kill(_ id: String, signal: Int32) throws(ContainerRuntimeError)

    /// Asks the container to end, makes it end when the time is over, and deletes it. Done where it is not known.
    func stop(_ id: String, timeout: Duration) throws(ContainerRuntimeError)

    /// Done where the container is not known.
    func delete(_ id: String, force: Bool) throws(ContainerRuntimeError)

    func pause(_ id: String) throws(ContainerRuntimeError)
    func resume(_ id: String) throws(ContainerRuntimeError)

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
