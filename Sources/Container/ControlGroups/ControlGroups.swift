internal import Glibc
internal import Host

/// The control group hierarchies of this server, whichever version they are.
package enum ControlGroups {
    private static let root = "/sys/fs/cgroup"

    /// 1, or 2 where there are only groups of version 2. See: 'man 7 cgroups'.
    package static var versionNumber: Int { self.version == .two ? 2 : 1 }

    /// What groups can limit here, such as `memory`.
    package static var controllers: Set<String> {
        let unified = try? SmallFile.text("\(self.root)/cgroup.controllers", bound: 4096)
        let lines = (try? SmallFile.text("/proc/cgroups", bound: 1 << 16)) ?? ""
        // Name, hierarchy, groups, and whether it is on.
        let named = lines.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.hasSuffix("\t1") }
            .compactMap { $0.split(separator: "\t").first }
        return Set((unified?.split { " \n".contains($0) } ?? named).map(String.init))
    }

    /// That which has the controllers: where both are mounted, it is 1.
    static var version: ContainerFreezer.Version {
        access("\(self.root)/cgroup.controllers", F_OK) == 0 ? .two : .one
    }

    /// Where a group is, by its absolute path below the root of each hierarchy.
    static func directory(of group: String, controller: String) -> String {
        self.version == .two ? self.root + group : "\(self.root)/\(controller)\(group)"
    }

    /// Whether a process is in the groups of that path, or below them, in any hierarchy.
    ///
    /// The path is absolute, below the root of each hierarchy; see `cgroupsPath` in the OCI specification.
    package static func areInUse(_ path: String) throws(FreezerError) -> Bool {
        try self.hierarchies().contains { hierarchy in
            (try? ContainerFreezer(path: hierarchy + path, version: .one).processes())?.isEmpty == false
        }
    }

    /// Ends every process in the groups of that path and below them, and waits until none is left.
    package static func destroyTasks(in path: String, timeout: Duration) throws(FreezerError) {
        let groups = try self.hierarchies().map { $0 + path }
        // The one that can be frozen: whoever is, dies only when thawed. Where both versions are mounted, runtimes
        // use 1.
        if let group = groups.first(where: { access("\($0)/freezer.state", F_OK) == 0 }) {
            try ContainerFreezer(path: group, version: .one).destroyTasks(timeout: timeout)
        } else if let group = groups.first(where: { access("\($0)/cgroup.freeze", F_OK) == 0 }) {
            try ContainerFreezer(path: group, version: .two).destroyTasks(timeout: timeout)
        }
    }

    /// Removes the groups of that path, and those below them, where no process is in them any more. A runtime that was
    /// killed leaves them behind.
    package static func removeEmpty(_ path: String) {
        for hierarchy in (try? self.hierarchies()) ?? [] { self.removeTree(hierarchy + path) }
    }

    /// A group in use stays: rmdir(2) refuses it. So does a group that cannot be listed.
    private static func removeTree(_ path: String) {
        for name in (try? self.names(in: path)) ?? [] where ContainerFreezer.isDirectory("\(path)/\(name)") {
            self.removeTree("\(path)/\(name)")
        }
        rmdir(path)
    }

    /// Hidden ones too: crun makes some.
    private static func names(in path: String) throws(FreezerError) -> [String] {
        do { return try DurableFile.names(in: path) } catch {
            throw FreezerError(path: path, problem: "cannot be listed: \(SystemFailure(error.errno))")
        }
    }

    private static func hierarchies() throws(FreezerError) -> [String] {
        [self.root] + (try self.names(in: self.root)).map { "\(self.root)/\($0)" }
    }
}
