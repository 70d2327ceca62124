internal import Engine
package import HandOver
internal import Synchronization

/// The process that takes over within moments when the one that migrates dies: a session of its own, so that neither a
/// signal to the terminal nor its end reaches it.
///
/// It does what `vzmigrate --recover` does, and again, ever more slowly, for as long as an outcome is owed to a
/// destination, or what has come here and may be ended without its source could not be ended yet.
package struct Guardian: Sendable {
    private let server: any SupervisedServer
    private let reporter: any SupervisorReporter

    package init(on server: any SupervisedServer, _ reporter: any SupervisorReporter) {
        self.server = server
        self.reporter = reporter
    }

    /// Waits for the end of `worker` and then for the end of everything that this server can end.
    package func guardMigrations(of worker: Int32) async -> ExitStatus {
        var status = ExitStatus.terminated
        do {
            try await self.server.waitForEnd(of: worker)
            var pause = Duration.milliseconds(200)
            var post: (any HeldLock)?
            defer { withExtendedLifetime(post) {} }
            while true {
                let report = await Recovery(.guardians, on: self.server, self.reporter).run(watch: nil)
                status = report.status
                guard report.owesMore else { return status }
                if post == nil {
                    switch try await self.takePost() {
                    case .ours(let lock): post = lock
                    case .unknown: break
                    case .handedOver: return status
                    }
                }
                try await self.server.environment.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        } catch {
            return status
        }
    }

    private enum Turn {
        case ours(any HeldLock)
        /// It cannot be told whether anybody looks: so this one goes on looking.
        case unknown
        /// Somebody has yet to look from the beginning.
        case handedOver
    }

    /// At most two guardians remain. The first holds the post and delivers. The second waits with the next post, and
    /// looks once more when the first lets go: that one may have been looking a last time. A third leaves, because the
    /// second has yet to look. One that cannot tell who holds a post stays.
    private func takePost() async throws -> Turn {
        var turn: (any HeldLock)?
        // The second keeps its place until it holds the first post, so that a guardian that finds both taken may leave.
        defer { withExtendedLifetime(turn) {} }
        while true {
            switch self.server.tryPost(.first) {
            case .taken(let lock): return .ours(lock)
            case .unknown: return .unknown
            case .held: break
            }
            if turn == nil {
                switch self.server.tryPost(.next) {
                case .taken(let lock): turn = lock
                case .unknown: return .unknown
                case .held: return .handedOver
                }
            }
            try await self.server.environment.sleep(for: .seconds(1))
        }
    }
}

/// What guardians of one server take turns at.
package enum GuardianPost: Sendable {
    /// To deliver what is owed.
    case first
    /// To be the first's successor.
    case next

    /// As the lock names it.
    package var purpose: String {
        switch self {
        case .first: "delivering what is owed"
        case .next: "waiting to deliver what is owed"
        }
    }
}

/// Sees to it that a process that changes anything has a guardian.
package final class GuardianWatch: Sendable {
    private let server: any SupervisedServer
    private let isWatching = Mutex(false)

    package init(on server: any SupervisedServer) { self.server = server }

    /// Starts the guardian, once; done before the first change to anything.
    package func begin() throws(StepFailure) {
        try self.isWatching.withLock { isWatching throws(StepFailure) in
            guard !isWatching else { return }
            try self.server.startGuardian()
            isWatching = true
        }
    }
}
