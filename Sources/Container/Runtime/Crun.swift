internal import Glibc
internal import Host

/// crun. It takes checkpoints where it was built for that, of whole memory only.
///
/// A container that was created and frozen can be started: it then runs as soon as it is thawed.
package struct Crun: RuncFamily {
    /// The oldest that was looked at which restores every task in the container's own cgroup, from its first
    /// instruction on. See: restore_proxy_process in crun's container.c.
    private static let oldestThatRestores = "1.21"

    package let command: RuntimeCommand

    /// As `Runc` has it.
    package init(
        program: String = "crun", root: String = "/run/crun", logs: String, launcher: String
    ) {
        self.command = RuntimeCommand(program: program, root: root, logs: logs, launcher: launcher)
    }

    package var leavesPages: Bool { false }

    package func checkpointObstacle(leavingPages: Bool) throws(ContainerRuntimeError) -> String? {
        let version = try self.version()
        let features = try self.command.run("--version", of: "-", []).outputText
        if let obstacle = Self.obstacle(version: version, features: features) { return obstacle }
        guard let library = dlopen("libcriu.so.2", RTLD_LAZY) else {
            return "crun \(version) finds no libcriu.so.2, without which it takes no checkpoints: apt install libcriu2"
        }
        dlclose(library)
        return leavingPages ? "crun \(version) cannot leave memory behind, as runc can; leave --lazy away" : nil
    }

    /// What its version, and what it was built with, stand in the way of; `nil` for nothing.
    static func obstacle(version: String, features: String) -> String? {
        func parts(_ text: String) -> [Int] { text.split { !$0.isNumber }.compactMap { Int($0) } }
        let isOlder = parts(version).lexicographicallyPrecedes(parts(Self.oldestThatRestores))
        guard isOlder || !features.contains("+CRIU") else { return nil }
        return "crun \(version) takes no checkpoints that can be moved; crun \(Self.oldestThatRestores) or later does "
            + "where it was built with CRIU (crun --version says +CRIU), as those of Debian 13 and later are"
    }

    package func freezer(_ id: String) throws(ContainerRuntimeError) -> ContainerFreezer? {
        try self.group(id).map { ContainerFreezer(group: $0) }
    }

    package func cpuLimit(_ id: String) throws(ContainerRuntimeError) -> CPULimit? {
        try self.group(id).flatMap { CPULimit(group: $0) }
    }

    package func checkpoint(
        _ id: String, _ options: CheckpointOptions, whenDumped: @escaping @Sendable () throws -> Void
    ) throws(ContainerRuntimeError) {
        precondition(!options.leavesPages, "crun is asked to leave pages behind, which it does not know")
        try self.checkpointWhole(id, options, whenDumped)
    }

    /// The container's cgroup, below the root of each hierarchy; `nil` where crun does not know the container.
    private func group(_ id: String) throws(ContainerRuntimeError) -> String? {
        try self.command.kept("status", of: id) { document in
            guard let path = document["cgroup-path"]?.text, path.hasPrefix("/") else {
                throw FreezerError(path: "-", problem: "crun names no cgroup for this container")
            }
            return path
        }
    }
}
