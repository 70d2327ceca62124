internal import Glibc
internal import HandOver
internal import Host
internal import Transfer

/// The words of TECHNOLOGIES: each is found out by asking the kernel for the thing itself, never by a version.
///
/// The manual's words keep their meaning; those of file systems that went with their kernels hold nowhere today.
package enum Technologies {
    /// Whether it is a word at all.
    package static func isKnown(_ word: String) -> Bool { self.probes[word] != nil || word.hasPrefix("cgroup_") }

    /// Every word that holds on this server.
    package static func ofThisServer() -> Set<String> {
        let kernel = KernelParts()
        return Set(self.probes.filter { $0.value(kernel) }.keys).union(ControlGroups.controllers.map { "cgroup_\($0)" })
    }

    private typealias Probe = @Sendable (KernelParts) -> Bool

    private static let probes: [String: Probe] = {
        var probes: [String: Probe] = [
            "x86": { _ in ["x86_64", "i686", "i386"].contains(Architecture.ofThisServer) },
            // Threads as POSIX has them: several in one process.
            "nptl": { _ in DurableFile.exists("/proc/self/task") },
            "sysfs": { _ in DurableFile.exists("/sys/kernel") },
            "cgroup1": { _ in ControlGroups.versionNumber == 1 },
            "cgroup2": { $0.hasFileSystem("cgroup2", module: nil) },
            "tun": { $0.hasDriver("tun", at: "/sys/class/misc/tun") },
            "nf_tables": { $0.hasDriver("nf_tables", at: "/sys/module/nf_tables") },
            "userfaultfd": { _ in UserFaults.areThere },
            "soft_dirty": { _ in MemoryTracking.probe() == .kernel },
            "seccomp": { _ in DurableFile.exists("/proc/sys/kernel/seccomp/actions_avail") },
            "io_uring": { _ in IntegerFile.value("/proc/sys/kernel/io_uring_disabled").map { $0 < 2 } ?? false },
        ]
        for name in ["x86_64", "aarch64", "ia64"] { probes[name] = { _ in Architecture.ofThisServer == name } }
        for name in ["ext4", "xfs", "btrfs", "nfs", "fuse", "simfs"] {
            probes[name] = { $0.hasFileSystem(name, module: name) }
        }
        probes["overlayfs"] = { $0.hasFileSystem("overlay", module: "overlay") }
        // VZFS: its trees are hashes and links of templates.
        for name in ["hashdir", "cowdir", "mfiles"] { probes[name] = { $0.hasFileSystem("vzfs", module: "vzfs") } }
        probes["qcow2"] = { $0.hasDriver("dm_qcow2", at: "/sys/module/dm_qcow2") }
        for name in ["user", "net", "pid", "mnt", "uts", "ipc", "cgroup", "time"] {
            probes["\(name)ns"] = { _ in
                DurableFile.exists("/proc/self/ns/\(name)")
                    && (IntegerFile.value("/proc/sys/user/max_\(name)_namespaces").map { $0 > 0 } ?? true)
            }
        }
        return probes
    }()
}

/// What this kernel has, and what it would load.
private struct KernelParts: Sendable {
    private let fileSystems: Set<Substring>
    private let modules: Set<String>

    init() {
        self.fileSystems = Set(
            Self.text("/proc/filesystems").split(separator: "\n").compactMap { $0.split(separator: "\t").last })
        let folder = "/lib/modules/\(Architecture.kernelRelease)"
        self.modules = Set(
            ["modules.builtin", "modules.dep"].flatMap { Self.names(in: Self.text("\(folder)/\($0)")) })
    }

    func hasFileSystem(_ name: String, module: String?) -> Bool {
        self.fileSystems.contains(Substring(name)) || module.map(self.modules.contains) == true
    }

    func hasDriver(_ module: String, at path: String) -> Bool {
        DurableFile.exists(path) || self.modules.contains(module)
    }

    /// Lines such as `kernel/net/tun.ko.xz: kernel/other.ko`. See: 'man 5 modules.dep'.
    private static func names(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let path = line.prefix { $0 != ":" }
            let file = path.split(separator: "/").last ?? path
            return file.split(separator: ".").first.map { String($0).replacing("-", with: "_") }
        }
    }

    private static func text(_ path: String) -> String {
        // A server without its modules' folder has what it has.
        (try? DurableFile.read(path, limit: 16 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A file of the kernel's that holds one number.
enum IntegerFile {
    /// `nil` where it is not there.
    static func value(_ path: String) -> Int? {
        guard let bytes = try? DurableFile.read(path, limit: 64) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }
}
