internal import Glibc
internal import LabSupport

extension pid_t {
    func kill() { Glibc.kill(self, SIGKILL) }
}

extension Node {
    /// The processes of a victim's kind; on the source vzmigrate and its guardian are the same program.
    func processes(of victim: Fault.Victim) -> [pid_t] {
        switch victim {
        case .agent: self.processes(named: "vzmigrate-agent").filter { !Self.bringsPages($0) }
        case .pageDaemon, .pageGuard:
            self.processes(named: "vzmigrate-agent").filter { Self.words(of: $0).contains(victim.rawValue) }
        case .worker: self.processes(named: "vzmigrate").filter { !Self.isGuardian($0) }
        case .guardian: self.processes(named: "vzmigrate").filter { Self.isGuardian($0) }
        }
    }

    /// The processes of runc or CRIU that have a container in their hands, or are about to; not those that are asked
    /// what they are.
    func processes(at program: String) -> [pid_t] {
        self.processes(named: program).filter { process in
            let words = Self.words(of: process)
            return !words.contains("--version") && !words.contains("check")
        }
    }

    private static func isGuardian(_ process: pid_t) -> Bool { Self.words(of: process).contains("--guard") }

    private static func bringsPages(_ process: pid_t) -> Bool {
        let victims: [Fault.Victim] = [.pageDaemon, .pageGuard]
        return victims.contains { Self.words(of: process).contains($0.rawValue) }
    }

    private static func words(of process: pid_t) -> [String] {
        (readFile("/proc/\(process)/cmdline") ?? "").split(separator: "\0").map(String.init)
    }
}
