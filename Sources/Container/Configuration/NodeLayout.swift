package import HandOver

/// Where everything is on a server. A root other than `/` stands a whole server up in a folder, for tests.
///
/// Every path that leaves this module has the root before it; the paths in configuration files never have it.
package struct NodeLayout: Hashable, Sendable {
    /// Without a slash at its end; empty for `/`.
    private let prefix: String

    /// - Parameter root: An absolute path.
    package init(root: String = "/") {
        guard let normalized = Self.normalized(root) else {
            preconditionFailure("the root of a server has to be an absolute path without '..', not '\(root)'")
        }
        self.prefix = normalized == "/" ? "" : normalized
    }

    package var root: String { self.prefix.isEmpty ? "/" : self.prefix }

    /// Where on this machine a path of the server is, which is absolute, such as `/vz/private/101`.
    package func path(_ configured: String) -> String { self.prefix + configured }

    /// What ``path(_:)`` was given; `nil` if that cannot have been.
    package func configuredPath(_ path: String) -> String? {
        guard path.hasPrefix(self.prefix + "/") else { return nil }
        return String(path.dropFirst(self.prefix.count))
    }

    package var globalConfiguration: String { self.path("/etc/vz/vz.conf") }

    /// The directory of the CTs' configuration files.
    package var vzConf: String { self.path("/etc/vz/conf") }

    package func containerConfiguration(_ id: ContainerID) -> String { "\(self.vzConf)/\(id).conf" }

    /// The classes of networks that RATE speaks of.
    package var networkClasses: String { "\(self.vzConf)/networks_classes" }

    /// A script that a server runs for a CT, such as `101.mount`.
    package func script(_ stage: String, of id: ContainerID) -> String { "\(self.vzConf)/\(id).\(stage)" }

    package var journalDirectory: String { self.path("/var/lib/vzmigrate") }

    package var journal: String { "\(self.journalDirectory)/journal.db" }

    /// What a migration keeps until it has ended, over a restart of the server too. Migration IDs are made here,
    /// never typed.
    package func stateDirectory(_ migration: String) -> String { "\(self.journalDirectory)/migrations/\(migration)" }

    /// Held by the one process that goes on delivering what this server owes.
    package var guardianLock: String { "\(self.journalDirectory)/guardian.lck" }

    /// The lock of a CT in LOCKDIR, which has the root before it already.
    package func lockFile(_ id: ContainerID, in directory: String) -> String { "\(directory)/\(id).lck" }

    /// The lock of a CT at one of the servers that may all have that directory on the same storage.
    package func lockFile(_ id: ContainerID, of node: String, in directory: String) -> String {
        "\(directory)/\(id).\(node).lck"
    }

    /// What a CT's migration keeps only until the server restarts: sockets, pid files.
    package func runDirectory(_ id: ContainerID) -> String { self.path("/run/vzmigrate/\(id)") }

    /// See: 'man 8 ip-netns'.
    package func networkNamespace(_ name: String) -> String { self.path("/run/netns/\(name)") }

    /// Where the area of a CT grows at the destination, until it is whole.
    package static func incoming(_ privateArea: String) -> String { "\(privateArea).incoming" }

    /// What stays of a CT at the source after it has moved away: the newest archive of that path.
    package static func migrated(_ path: String) -> String { "\(path).migrated" }

    /// An older archive: numbers begin at 1, the higher the older.
    package static func migrated(_ path: String, number: Int) -> String { "\(path).migrated.\(number)" }

    /// An absolute path without doubled slashes, `.` and a slash at its end, or `nil` for one that is relative or has a
    /// `..` or a NUL.
    ///
    /// The end matters: to `/vz/private/101/` one cannot add `.incoming`.
    package static func normalized(_ path: String) -> String? {
        // By bytes: to Swift a slash and an accent after it are one Character, which is no slash.
        let bytes = path.utf8
        guard bytes.first == UInt8(ascii: "/"), !bytes.contains(0) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        guard !parts.contains("..") else { return nil }
        return "/" + parts.filter { $0 != "." }.joined(separator: "/")
    }
}
