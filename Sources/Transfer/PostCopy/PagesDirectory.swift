internal import CLinux
internal import Glibc
package import HandOver
package import Host
package import SystemPackage

/// Where the processes of this server that bring a container's pages after it meet, and what became of them. In memory.
package struct PagesDirectory: Hashable, Sendable {
    /// Where CRIU brings the userfaultfds of what it restores. See: LAZY_PAGES_SOCK_NAME in CRIU's criu/uffd.c.
    package static let restoreSocket = "lazy-pages.socket"
    /// Where connections to the source are brought.
    static let sessionSocket = "sessions.socket"

    package let path: String

    package init(_ path: String) { self.path = path }

    /// What became of the pages.
    package enum State: Hashable, Sendable {
        /// Nobody has begun, or whoever had is gone, and so is the record of it.
        case none
        /// Somebody answers page faults.
        case serving
        case served(PostCopyResult)
        /// Some will never come; the container was ended.
        case lost(String)
    }

    package func state() throws(FileError) -> State {
        if try DurableFile.isThere(self.servedPath) {
            let text = String(decoding: try DurableFile.read(self.servedPath, limit: 64), as: UTF8.self)
            let numbers = text.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 2 else { throw FileError("read", self.servedPath, errno: EINVAL) }
            return .served(PostCopyResult(placed: numbers[0], dropped: numbers[1]))
        }
        if try DurableFile.isThere(self.lostPath) {
            return .lost(String(decoding: try DurableFile.read(self.lostPath, limit: 4096), as: UTF8.self))
        }
        do throws(SystemFailure) { return try self.daemon() == nil ? .none : .serving } catch {
            throw FileError("ask who answers in", self.path, errno: error.code)
        }
    }

    /// Has a restore whose working directory is another one find us, by a symbolic link that the caller removes.
    package func leadRestore(to path: String) throws(SystemFailure) {
        unlink(path)
        guard symlink("\(self.path)/\(Self.restoreSocket)", path) == 0 else { throw SystemFailure(errno) }
    }

    /// Writes down that all pages are there.
    func record(_ served: PostCopyResult) throws(FileError) {
        try DurableFile.write(Array("\(served.placed) \(served.dropped)".utf8), to: self.servedPath)
    }

    /// Writes down that some will never come, unless somebody has done so already.
    package func record(loss reason: String) throws(FileError) {
        guard !DurableFile.exists(self.lostPath) else { return }
        try DurableFile.write(Array(reason.utf8), to: self.lostPath)
    }

    /// Brings the daemon a connection to the source, and waits until it needs it no more.
    ///
    /// - Returns: false where there is no daemon.
    package func serve(input: FileDescriptor, output: FileDescriptor) throws(SystemFailure) -> Bool {
        guard let daemon = try self.daemon() else { return false }
        for descriptor in [input.rawValue, output.rawValue] {
            guard vz_send_descriptor(daemon.number, SessionWord.serve.rawValue, descriptor) == 0 else {
                throw SystemFailure(errno)
            }
        }
        Self.waitForEnd(of: daemon)
        return true
    }

    /// Tells the source what has become of the pages where no daemon is left to do so.
    ///
    /// - Parameters:
    ///   - arrived: what the journal has of all pages being here; `nil` where they are not.
    ///   - output: where the source listens.
    /// - Throws: where it does not hear it, or the record cannot be read.
    package func tell(_ arrived: PostCopyResult?, to output: FileDescriptor) throws {
        var writer = FrameWriter(to: output.rawValue, isFile: false, watch: PassWatch(seconds: 60))
        let state: State = if let arrived { .served(arrived) } else { try self.state() }
        switch state {
        case .served(let served):
            try writer.append([PageMessage.begin.rawValue])
            try writer.append(served.message)
            try writer.flush()
        case .lost(let reason): try writer.abandon(TransferError(.system, operation: reason))
        case .none:
            try writer.abandon(
                TransferError(
                    .system,
                    operation: "what brought its pages there is gone, after a loss of "
                        + "power or on somebody's word"))
        // It has come between two looks, and is found with the next connection.
        case .serving: return
        }
    }

    /// Ends the daemon, if there is one, and returns when it is gone. The container has to be gone before.
    package func endDaemon() throws(SystemFailure) {
        guard let daemon = try self.daemon(),
            vz_send_descriptor(daemon.number, SessionWord.end.rawValue, -1) == 0
        else { return }
        Self.waitForEnd(of: daemon)
    }

    /// What is said to the daemon, one byte each.
    enum SessionWord: UInt8 {
        /// With a descriptor: where the source speaks; then, with another: where it listens.
        case serve = 1
        case end = 2
    }

    private static func waitForEnd(of daemon: borrowing OwnedDescriptor) {
        var (word, descriptor): (UInt8, Int32) = (0, -1)
        while vz_receive_descriptor(daemon.number, &word, 1, &descriptor) > 0 {}
    }

    private var servedPath: String { "\(self.path)/served" }
    private var lostPath: String { "\(self.path)/lost" }

    /// A connection to the daemon; `nil` where nobody listens, which only these two errors say: without a descriptor
    /// left, say, nothing is known of the daemon.
    private func daemon() throws(SystemFailure) -> OwnedDescriptor? {
        do throws(SystemFailure) { return try self.connected(Self.sessionSocket) } catch {
            guard error.code == ENOENT || error.code == ECONNREFUSED else { throw error }
            return nil
        }
    }

    private func connected(_ name: String) throws(SystemFailure) -> OwnedDescriptor {
        let directory = Glibc.open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemFailure(errno) }
        defer { close(directory) }
        let socket = vz_connect_at(directory, name, 0)
        guard socket >= 0 else { throw SystemFailure(errno) }
        return OwnedDescriptor(owning: socket)
    }

    /// A socket that listens under a name here.
    func listening(_ name: String, isStream: Bool) throws(SystemFailure) -> OwnedDescriptor {
        let directory = Glibc.open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemFailure(errno) }
        defer { close(directory) }
        let socket = vz_listen_at(directory, name, isStream ? 1 : 0)
        guard socket >= 0 else { throw SystemFailure(errno) }
        return OwnedDescriptor(owning: socket)
    }
}
