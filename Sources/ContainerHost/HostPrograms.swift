package import ContainerRuntime
internal import HostAccess
package import NodeConfiguration

/// The programs of this node that act on containers.
package struct HostPrograms: Sendable {
    package let layout: NodeLayout
    /// The absolute path of vzmigrate-agent: the fence's hook, and the launcher of the runtime.
    package let agent: String
    /// Exists and is ours: words of the runtime go into files here.
    package let logs: String

    package init(layout: NodeLayout, agent: String, logs: String) {
        self.layout = layout
        self.agent = agent
        self.logs = logs
    }

    /// The runtime that a configuration names.
    package func runtime(named name: String) throws(HostingError) -> any ContainerRuntime {
        switch name {
        case "runc": return Runc(logs: self.logs, launcher: self.agent)
        case "crun": return Crun(logs: self.logs, launcher: self.agent)
        default:
            throw HostingError(.improper, "RUNTIME=\"\(name)\" is not known here; this version drives runc and crun")
        }
    }

    /// CRIU of this node.
    package var criu: Criu { Criu() }
}
