internal import Glibc
internal import LabSupport

/// A process of a container that the kernel lets run: neither frozen, nor stopped, nor about to end.
enum RunningTask {
    /// As a few words for people; `nil` if there is none. runc's own processes, which wait in the container's cgroup
    /// for the word to start it, are none.
    static func first(of container: String, on node: Node) -> String? {
        let group = node.controlGroup(of: container)
        let isFrozen =
            readFile("\(group)/freezer.state").map { $0 == "FROZEN\n" }
            ?? readFile("\(group)/cgroup.events").map { $0.contains("frozen 1") }
        return isFrozen == false ? Self.first(in: group) : nil
    }

    private static func first(in group: String) -> String? {
        for process in (readFile("\(group)/cgroup.procs") ?? "").split(separator: "\n") {
            // Asked once: the next moment it may be another.
            if let words = Self.describe(String(process)) { return words }
        }
        return nil
    }

    private static func describe(_ process: String) -> String? {
        guard let text = readFile("/proc/\(process)/stat"), let end = text.lastIndex(of: ")"),
            let start = text.firstIndex(of: "(")
        else { return nil }
        let name = text[text.index(after: start)..<end]
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard name == "lab-workload", fields.count > 7, !["T", "t", "Z", "X"].contains(fields[1]),
            let flags = UInt(fields[7]), flags & Self.exiting == 0, !Self.isKilled(process)
        else { return nil }
        return "\(name) \(process) in state \(fields[1])"
    }

    /// PF_EXITING and PF_SIGNALED. See: linux/sched.h.
    private static let exiting: UInt = 0x4 | 0x400

    /// Whether SIGKILL waits for it: then no further instruction of it runs.
    private static func isKilled(_ process: String) -> Bool {
        (readFile("/proc/\(process)/status") ?? "").split(separator: "\n").contains { line in
            guard line.hasPrefix("ShdPnd:") || line.hasPrefix("SigPnd:") else { return false }
            let set = line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
            return set & (1 << (UInt64(SIGKILL) - 1)) != 0
        }
    }
}
