internal import ContainerRuntime
internal import HostAccess

/// Processor time that is taken from a container which writes faster than its memory can be sent.
extension HostedContainer {
    /// What the limit was before the first throttling. In memory, like the cgroup that it is of.
    private var limitNote: String { "\(self.runDirectory)/cpu-limit" }

    /// Takes so many percent of its processor time away, counted from what it had at first.
    package func throttle(percent: Int) throws(HostingError) {
        try HostingError.wrapping(.system) {
            guard let limit = try self.runtime.cpuLimit(self.runtimeID) else {
                throw HostingError(.system, "CT \(self.id) has no cgroup with a limit of processor time")
            }
            let before = try self.notedLimit() ?? limit.value()
            try DurableFile.write(Array("\(before)".utf8), to: self.limitNote, mode: 0o600)
            try limit.set(before.throttled(percent: percent, ceiling: limit.ceiling))
        }
    }

    /// Gives back what was taken. Done where nothing was.
    package func endThrottle() throws(HostingError) {
        try HostingError.wrapping(.system) {
            guard let before = try self.notedLimit() else { return }
            try self.runtime.cpuLimit(self.runtimeID)?.set(before)
            try DurableFile.remove(self.limitNote)
        }
    }

    private func notedLimit() throws -> CPULimit.Value? {
        guard DurableFile.exists(self.limitNote) else { return nil }
        let text = String(decoding: try DurableFile.read(self.limitNote, limit: 100), as: UTF8.self)
        guard let value = CPULimit.Value(text) else {
            throw HostingError(.system, "\(self.limitNote) is damaged; set the limit of CT \(self.id) by hand")
        }
        return value
    }
}
