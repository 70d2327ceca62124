internal import Glibc
package import HostAccess

/// When a process began, by the clock that goes on from boot to boot.
package enum ProcessStart {
    /// `CLOCK_BOOTTIME` in nanoseconds, cut to the kernel's ticks (a hundredth of a second): never later than it was.
    /// `nil` where the kernel says it in another form. See: 'man 5 proc', /proc/pid/stat, starttime.
    package static func bootNanoseconds(of pid: Int32) throws(SystemFailure) -> UInt64? {
        let text = try SmallFile.text("/proc/\(pid)/stat")
        // The name, which may hold anything, ends with the last parenthesis; the state after it is the third field.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 20, let ticks = UInt64(fields[20]) else { return nil }
        return ticks * (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
