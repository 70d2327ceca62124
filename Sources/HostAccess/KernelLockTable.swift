internal import Glibc

/// What the kernel knows of the locks on this server, for locks whose holder wrote nothing. See: 'man 5 proc_locks'.
enum KernelLockTable {
    /// The process that holds a flock(2) lock on a file; `nil` if the kernel does not say, as for a process of another
    /// machine or of a process number space that is not visible from here.
    static func holder(of status: stat) -> String? {
        guard let bytes = Self.procFile("locks") else { return nil }
        let file = "\(Self.deviceText(status.st_dev)):\(status.st_ino)"
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[5] == file else { continue }
            guard let process = pid_t(words[4]), process > 0 else { continue }
            let name = Self.procFile("\(process)/comm").map { String(decoding: $0.dropLast(), as: UTF8.self) }
            return "\(name ?? "unknown program") (process \(process))"
        }
        return nil
    }

    /// A file of /proc, cut off after a megabyte; `nil` if it cannot be read.
    static func procFile(_ name: String) -> [UInt8]? {
        try? NamedDescriptor(opening: "/proc/\(name)", flags: O_RDONLY, to: "read").read(upTo: 1 << 20)
    }

    /// The bits are those of gnu_dev_major and gnu_dev_minor in sys/sysmacros.h, the form is the kernel's `%02x:%02x`.
    private static func deviceText(_ device: dev_t) -> String {
        let number = UInt64(device)
        let major = (number >> 8) & 0xFFF | (number >> 32) & ~0xFFF
        let minor = number & 0xFF | (number >> 12) & ~0xFF
        return [major, minor].map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
            .joined(separator: ":")
    }
}
