internal import Glibc
internal import TestSupport

/// Accounts that only one sshd knows: it runs in a mount namespace of its own, where other files stand in the place of
/// /etc/passwd, /etc/shadow and /etc/sudoers.
struct TestAccounts {
    static let user = "mover"
    static let password = "correct horse"

    /// One line of sudoers.
    var sudoers = "# nobody may do anything"

    /// The words that start `program` there.
    func wrap(_ program: [String], in folder: TemporaryFolder) throws -> [String] {
        let hash = try runWell("openssl", "passwd", "-6", Self.password).split(separator: "\n")[0]
        func file(_ path: String) throws -> String { try runWell("cat", path) }
        let line = "\(Self.user):x:4242:4242::\(folder.path):/bin/sh\n"
        try folder.write("passwd", try file("/etc/passwd") + line)
        try folder.write("shadow", try file("/etc/shadow") + "\(Self.user):\(hash):19000:0:99999:7:::\n", mode: 0o640)
        try folder.write("sudoers", self.sudoers + "\n", mode: 0o440)
        // The account itself reads its keys and its home directory.
        chmod(folder.path, 0o711)
        let mounts = ["passwd", "shadow", "sudoers"].map { "mount --bind \"$1/\($0)\" /etc/\($0)" }
            .joined(separator: " && ")
        return [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", "\(mounts) && shift && exec \"$@\"", "sh",
        ]
            + [folder.path] + program
    }
}
