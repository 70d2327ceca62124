internal import Glibc
internal import LabSupport

extension pid_t {
    func kill() { Glibc.kill(self, SIGKILL) }
}

extension Node {
    /// The processes of a victim's kind; on the source vzmigrate and its guardian are the same program.
    func processes(of victim: Fault.Victim) -> [pid_t] {
        switch victim {
        case .agent: self.processes(named: "vzmigrate-agent")
        case .worker: self.processes(named: "vzmigrate").filter { !Self.isGuardian($0) }
        case .guardian: self.processes(named: "vzmigrate").filter { Self.isGuardian($0) }
        }
    }

    /// The processes of runc or CRIU that have a container in their hands, or are about to; not those that are asked
    /// what they are.
    func processes(at program: String) -> [pid_t] {
        self.processes(named: program).filter { process in
            let words = (readFile("/proc/\(process)/cmdline") ?? "").split(separator: "\0")
            return !words.contains("--version") && !words.contains("check")
        }
    }

    private static func isGuardian(_ process: pid_t) -> Bool {
        (readFile("/proc/\(process)/cmdline") ?? "").split(separator: "\0").contains("--guard")
    }
}
