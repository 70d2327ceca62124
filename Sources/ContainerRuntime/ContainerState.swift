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
