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
