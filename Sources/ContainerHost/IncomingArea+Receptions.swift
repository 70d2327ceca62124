internal import Glibc
internal import HostAccess

/// Who writes into an incoming area: each process says so in the record, by a lock of its own, while it does.
extension IncomingArea {
    /// Runs the reception of one stream; until it is over `endReceptions` finds this process.
    package func receiving(_ reception: () throws -> Void) throws {
        let path = "\(self.record)/\(getpid())\(Self.lockEnding)"
        let lock = try FileLock(acquiring: path, purpose: "receiving into \(self.path)")
        defer { withExtendedLifetime(lock) { _ = unlink(path) } }
        try reception()
    }

    /// Ends the processes that still receive into the area for a connection that is lost, so that nobody writes there
    /// any more.
    package func endReceptions() throws(HostingError) {
        guard DurableFile.exists(self.record) else { return }
        try HostingError.wrapping(.system) {
            for name in try DurableFile.names(in: self.record) where name.hasSuffix(Self.lockEnding) {
                try self.endReception("\(self.record)/\(name)")
            }
        }
    }

    private func endReception(_ path: String) throws {
        if let holder = FileLock.holder(of: path), holder.process != getpid(), let process = HostProcess(holder.process)
        {
            process.send(SIGKILL)
            guard process.waitUntilGone(.seconds(10)) else {
                throw HostingError(.system, "\(holder) cannot be ended")
            }
        }
        try DurableFile.remove(path)
    }

    private static let lockEnding = ".lck"
}
