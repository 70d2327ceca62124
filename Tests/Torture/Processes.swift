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

    private static func isGuardian(_ process: pid_t) -> Bool {
        (readFile("/proc/\(process)/cmdline") ?? "").split(separator: "\0").contains("--guard")
    }
}
