internal import Glibc
internal import Host

/// What of a running container CRIU could not take along, as far as it can be seen without a dump.
///
/// It is looked for before anything is frozen. What it does not find, a trial dump does.
package struct DumpObstacles: Sendable {
    private let freezer: ContainerFreezer
    private let initPid: Int32
    /// In bytes: a deleted file that is larger does not travel.
    private let ghostLimit: Int

    /// `initPid` is the first process of the container as this server numbers it.
    package init(freezer: ContainerFreezer, initPid: Int32, ghostLimit: Int = CriuConfiguration().ghostLimit) {
        self.freezer = freezer
        self.initPid = initPid
        self.ghostLimit = ghostLimit
    }

    /// A sentence each, such as `process 12 has /var/log/x of the server open (descriptor 1)`.
    package func find() throws(FreezerError) -> [String] {
        let processes = Set(try self.freezer.processes())
        guard let mounts = Self.mounts(of: self.initPid) else { return [] }
        var found: [String] = []
        for pid in processes.sorted() {
            // One that ends while it is looked at is no obstacle.
            guard let status = ProcessStatus(of: pid) else { continue }
            found += self.origin(pid, status, processes)
            if status.tracer != 0 {
                found.append("process \(pid) is being traced by process \(status.tracer); detach it")
            }
            found += try self.files(of: pid, mounts)
        }
        return found
    }

    /// CRIU dumps the tree below the first process, and nobody else.
    private func origin(_ pid: Int32, _ status: ProcessStatus, _ all: Set<Int32>) -> [String] {
        guard pid != self.initPid, !all.contains(status.parent) else { return [] }
        return [
            "process \(pid) was brought into the container from outside (runc exec) and would be missing; end it first"
        ]
    }

    private func files(
        of pid: Int32, _ mounts: [Substring: Substring]
    ) throws(FreezerError) -> [String] {
        try ProcessStatus.descriptors(of: pid).compactMap { name in
            guard let target = Self.target("/proc/\(pid)/fd/\(name)") else { return nil }
            return self.obstacle(pid, name, target, mounts)
        }
    }

    private func obstacle(_ pid: Int32, _ name: String, _ target: String, _ mounts: [Substring: Substring]) -> String? {
        let place = "(descriptor \(name))"
        for (kind, words) in Self.unsupported where target == "anon_inode:\(kind)" {
            return "process \(pid) uses \(words) \(place), which CRIU cannot take"
        }
        guard target.hasPrefix("/"), !target.hasPrefix("/memfd:"), !target.hasPrefix("/dev/zero (deleted)"),
            !target.hasPrefix("/SYSV"), !target.hasPrefix("/[aio]")
        else { return nil }
        if let mount = Self.mount(of: pid, name) {
            guard let kind = mounts[mount] else {
                return target.hasPrefix("/dev/null")
                    ? nil
                    : "process \(pid) has \(target) of the server open \(place); start the container with /dev/null or "
                        + "a pipe there"
            }
            // The server of such a file system may never answer; it is not asked.
            if kind.hasPrefix("fuse") || kind.hasPrefix("nfs") { return nil }
        }
        var status = stat()
        guard stat("/proc/\(pid)/fd/\(name)", &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFCHR, let words = Self.device(status.st_rdev) {
            return "process \(pid) has \(words) \(target) open \(place), which CRIU cannot take"
        }
        guard status.st_nlink == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) > self.ghostLimit else {
            return nil
        }
        return
            "process \(pid) has a deleted file of \(status.st_size) bytes open \(place), more than the "
            + "\(self.ghostLimit) that travel"
    }

    private static let unsupported = [
        ("[userfaultfd]", "userfaultfd"), ("[io_uring]", "io_uring"), ("[perf_event]", "a perf event"),
        ("bpf-prog", "a BPF program"), ("kvm-vm", "KVM"), ("[landlock-ruleset]", "a landlock ruleset"),
    ]

    /// What a device is called that CRIU does not take; `nil` for one that it does: memory, terminals, tun.
    private static func device(_ number: dev_t) -> String? {
        // See: 'man 3 makedev'; glibc's macros are not seen from Swift.
        let (major, minor) = (number >> 8 & 0xFFF | number >> 32 & ~0xFFF, number & 0xFF | number >> 12 & ~0xFF)
        switch major {
        // null, zero, full, random, urandom; terminals; pseudo-terminals.
        case 1 where [3, 5, 7, 8, 9].contains(minor): return nil
        case 4, 5, 136...143: return nil
        case 10 where minor == 200: return nil
        case 10 where minor == 229: return "FUSE's"
        default: return "the device"
        }
    }

    /// The mounts that a process sees: the kind of file system by the number of the mount. See: 'man 5
    /// proc_pid_mountinfo'.
    private static func mounts(of pid: Int32) -> [Substring: Substring]? {
        guard let text = try? SmallFile.text("/proc/\(pid)/mountinfo", bound: 64 << 20) else { return nil }
        let mounts = text.split(separator: "\n").compactMap { line -> (Substring, Substring)? in
            let words = line.split(separator: " ")
            guard let number = words.first, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
                return nil
            }
            return (number, words[dash + 1])
        }
        return Dictionary(mounts) { first, _ in first }
    }

    /// The number of the mount that a descriptor was opened on. See: 'man 5 proc_pid_fdinfo'.
    private static func mount(of pid: Int32, _ descriptor: String) -> Substring? {
        let text = try? SmallFile.text("/proc/\(pid)/fdinfo/\(descriptor)")
        let line = text?.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
        return line?.split { $0 == "\t" || $0 == " " }.last
    }

    private static func target(_ link: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}

/// Of a process's status file: its parent and whoever traces it, both as this server numbers them.
struct ProcessStatus {
    let parent: Int32
    let tracer: Int32

    init?(of pid: Int32) {
        guard let text = try? SmallFile.text("/proc/\(pid)/status") else { return nil }
        func number(_ name: String) -> Int32? {
            text.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: "\t").last.flatMap { Int32($0) }
        }
        guard let parent = number("PPid:"), let tracer = number("TracerPid:") else { return nil }
        (self.parent, self.tracer) = (parent, tracer)
    }
}

extension ProcessStatus {
    /// The numbers of a process's descriptors; none where it has ended.
    ///
    /// - Throws: where they cannot be listed: that is not the same as there being none.
    static func descriptors(of pid: Int32) throws(FreezerError) -> [String] {
        do throws(FileError) {
            return try DurableFile.names(in: "/proc/\(pid)/fd")
        } catch {
            guard error.errno != ENOENT, error.errno != ESRCH else { return [] }
            throw FreezerError(path: error.path, problem: "cannot be listed: \(SystemFailure(error.errno))")
        }
    }
}
