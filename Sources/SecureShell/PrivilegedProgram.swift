/// A program that needs root on the other server, started as whoever logs in there: root starts it by its name, every
/// other account through `sudo -n`, which never asks.
package struct PrivilegedProgram: Hashable, Sendable {
    /// Without a path: `sudo` finds it by its `secure_path`, a shell by its `PATH`.
    let name: String
    let user: String

    package init(_ name: String, as user: String) {
        self.name = name
        self.user = user
    }

    /// What sshd's shell is to run.
    package var words: [String] { self.user == "root" ? [self.name] : ["sudo", "-n", self.name] }

    /// Why sudo did not start it, and the line that its configuration lacks.
    ///
    /// - Parameters:
    ///   - exit: how it ended.
    ///   - errors: what was written to the standard error.
    /// - Returns: `nil` where it was not sudo that failed.
    package func advice(on exit: RemoteExit, _ errors: String) -> String? {
        guard self.user != "root" else { return nil }
        let path = self.name.hasPrefix("/") ? self.name : "/usr/local/bin/\(self.name)"
        let line = "\(self.user) ALL=(root) NOPASSWD: \(path)"
        if exit == .exited(status: 127), !errors.hasPrefix("sudo: ") {
            return "\(self.user) is not root there, and sudo is not installed: install it and add the line "
                + "`\(line)` to /etc/sudoers.d/vzmigrate, or log in as root"
        }
        guard case .exited(let status) = exit, status != 0,
            let words = errors.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("sudo: ") })
        else { return nil }
        if words.hasSuffix("command not found") {
            return "\(words): install vzmigrate there where sudo looks (secure_path in /etc/sudoers), for example its "
                + "programs to /usr/local/bin"
        }
        return "\(self.user) may not run \(self.name) as root there (\(words)): add the line `\(line)` to "
            + "/etc/sudoers.d/vzmigrate with `visudo -f`, with the path where it is installed"
    }
}
