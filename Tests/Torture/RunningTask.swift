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
        // Behind the name: state, parent, group, session, terminal, its group, flags. See: proc(5).
        let status = readFile("/proc/\(process)/status") ?? ""
        guard name == "lab-workload", fields.count > 6, !["T", "t", "Z", "X"].contains(fields[0]),
            let flags = UInt(fields[6]), flags & Self.exiting == 0, !Self.isHeldBySignal(status),
            !Self.isBeingRestored(by: fields[1], status)
        else { return nil }
        return "\(name) \(process) in state \(fields[0])"
    }

    /// Whether the code that it runs is still CRIU's, which gives it its name before its memory, and lets it go only
    /// when it stops: CRIU traces it, and runc, which waits for CRIU, is its parent.
    private static func isBeingRestored(by parent: Substring, _ status: String) -> Bool {
        let tracer = status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }?.split(separator: "\t").last
        return [parent, tracer ?? "0"].contains { ["criu\n", "runc\n"].contains(readFile("/proc/\($0)/comm")) }
    }

    /// PF_EXITING and PF_SIGNALED. See: linux/sched.h.
    private static let exiting: UInt = 0x4 | 0x400

    /// Whether SIGKILL or SIGSTOP waits for it: then no further instruction of it runs. CRIU has the latter wait before
    /// it lets go of a task that is to be left stopped. See: finalize_restore in CRIU's criu/cr-restore.c.
    private static func isHeldBySignal(_ status: String) -> Bool {
        let fatal: UInt64 = 1 << (UInt64(SIGKILL) - 1) | 1 << (UInt64(SIGSTOP) - 1)
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("ShdPnd:") || line.hasPrefix("SigPnd:") else { return false }
            return (line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0) & fatal != 0
        }
    }
}
