internal import Glibc

/// The control group hierarchies of this server, whichever version they are.
package enum ControlGroups {
    private static let root = "/sys/fs/cgroup"

    /// Whether a process is in the groups of that path, or below them, in any hierarchy.
    ///
    /// The path is absolute, below the root of each hierarchy; see `cgroupsPath` in the OCI specification.
    package static func areInUse(_ path: String) -> Bool {
        self.hierarchies().contains { hierarchy in
            (try? ContainerFreezer(path: hierarchy + path, version: .one).processes())?.isEmpty == false
        }
    }

    private static func hierarchies() -> [String] {
        guard let stream = opendir(self.root) else { return [] }
        defer { closedir(stream) }
        var found = [self.root]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { found.append("\(self.root)/\(name)") }
        }
        return found
    }
}
