internal import CLinux
internal import Glibc

/// Holds on to a process of this server that is not our child, so that its number cannot come to mean another one.
package struct HostProcess: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// `nil` where there is no such process.
    package init?(_ pid: Int32) {
        guard let descriptor = try? OwnedDescriptor(aboveStandardStreams: vz_pidfd_open(pid)) else { return nil }
        self.descriptor = descriptor
    }

    /// The same where it matters why there is none.
    ///
    /// - Parameter pid: its number.
    /// - Returns: `nil` where there is no such process.
    /// - Throws: why it cannot be held on to.
    package static func holding(_ pid: Int32) throws(SystemFailure) -> HostProcess? {
        let number = vz_pidfd_open(pid)
        guard number >= 0 else {
            guard errno == ESRCH else { throw SystemFailure(errno) }
            return nil
        }
        return HostProcess(try OwnedDescriptor(aboveStandardStreams: number))
    }

    private init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Waits until it has ended (it may still be a zombie); `false` when the time is over first.
    package func waitUntilGone(_ timeout: Duration) -> Bool {
        let deadline = ContinuousClock.now + timeout
        while true {
            let left = max(0, (deadline - ContinuousClock.now).wholeMilliseconds)
            var set = pollfd(fd: self.descriptor.number, events: Int16(POLLIN), revents: 0)
            if poll(&set, 1, Int32(clamping: left)) > 0 { return true }
            if left == 0 { return false }
        }
    }

    /// Does nothing to a process that has ended.
    package func send(_ signal: Int32) {
        _ = vz_pidfd_send_signal(self.descriptor.number, signal)
    }
}

/// When a process began: with its number it names the process for as long as the server runs.
package enum ProcessStart {
    /// In the kernel's ticks since the server's start. See: 'man 5 proc', /proc/pid/stat, starttime.
    ///
    /// - Parameter pid: `nil` for this process.
    /// - Returns: `nil` where the kernel says it in another form.
    /// - Throws: also where there is no such process.
    package static func ticks(of pid: Int32? = nil) throws(SystemFailure) -> UInt64? {
        let text = try SmallFile.text("/proc/\(pid.map { "\($0)" } ?? "self")/stat")
        // The name, which may hold anything, ends with the last parenthesis; the state after it is the third field.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return fields.count > 20 ? UInt64(fields[20]) : nil
    }

    /// `CLOCK_BOOTTIME` in nanoseconds, cut to the ticks (a hundredth of a second): never later than it was.
    package static func bootNanoseconds(of pid: Int32) throws(SystemFailure) -> UInt64? {
        try self.ticks(of: pid).map { $0 * (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))) }
    }
}
