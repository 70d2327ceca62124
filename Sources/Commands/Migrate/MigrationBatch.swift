internal import CLinux
internal import Container
internal import Glibc
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import SSH
internal import Supervisor
internal import Synchronization

/// The containers of one command line: one after the other, or so many at once as `--jobs` says.
struct MigrationBatch {
    let request: MigrationRequest

    /// How one container ended.
    private struct Ending {
        let index: Int
        let status: ExitStatus
        /// False where the journal failed: only a fresh process may do anything more.
        let goesOn: Bool
    }

    /// Goes on past a failure.
    ///
    /// - Returns: the first failure's status, in the order of the list, but that of a hand-over in doubt outranks every
    ///   other.
    func run() async -> ExitStatus {
        let server = RealServer(timeout: self.request.timeout)
        let (opened, run): (OpenedServer, MigrationRun)
        do {
            opened = try server.opened()
            let context = RunContext(
                opened, server.environment, OutputReporter(),
                interruption: Interruption(bytesPerSecond: self.request.bytesPerSecond),
                freezeTimeout: self.request.freezeTimeout, watch: GuardianWatch(on: server))
            InterruptionSignals.deliver(to: context.interruption)
            let interruption = context.interruption
            server.secrets.whenInterrupted { interruption.request(because: MigrationSession.signalled) }
            run = MigrationRun(self.request, in: context)
            try self.assureDistinct(run)
        } catch {
            Output.complain("\(error)")
            let status = (error as? StepFailure)?.status ?? .system
            self.sum([], status, moved: 0)
            return status
        }
        let reporters = self.request.items.map { MigrationReporter(of: $0.container) }
        let ticker = ProgressTicker(reporters)
        let endings = await self.migrate(reporters, run, opened)
        ticker.end()
        let status = Self.status(endings)
        let done = endings.filter { $0.status == .success }
        self.sum(endings, status, moved: done.count { reporters[$0.index].migration?.phase == .completed })
        return status
    }

    /// One that is typed by its id and by its name is one container.
    private func assureDistinct(_ run: MigrationRun) throws(StepFailure) {
        var names: [ContainerID: ContainerID] = [:]
        for typed in self.request.items.map(\.container) {
            // What cannot be told now fails by itself when it is its turn.
            guard let id = try? run.resolve(typed) else { continue }
            if let other = names.updateValue(typed, forKey: id) {
                throw StepFailure(.usage, "\(other) and \(typed) in the list are one container, CT \(id)")
            }
        }
    }

    private func migrate(_ reporters: [MigrationReporter], _ run: MigrationRun, _ server: OpenedServer) async
        -> [Ending]
    {
        await withTaskGroup(of: Ending.self) { group in
            var endings: [Ending] = []
            for (index, item) in self.request.items.enumerated() {
                if index >= self.request.jobs, let ending = await group.next() { endings.append(ending) }
                guard endings.allSatisfy(\.goesOn) else { break }
                group.addTask { await self.migrate(item, index, run, server, reporters[index]) }
            }
            for await ending in group { endings.append(ending) }
            return endings.sorted { $0.index < $1.index }
        }
    }

    private func migrate(
        _ item: ContainerListItem, _ index: Int, _ run: MigrationRun, _ server: OpenedServer,
        _ reporter: MigrationReporter
    ) async -> Ending {
        do {
            if let mode = self.request.dryRunMode {
                try await DryRun(request: self.request, mode: mode, run: run, server: server).look(at: item, reporter)
                reporter.conclude(.success, "the dry run has passed; nothing was changed")
            } else {
                let line = try await run.migrate(item, reporter)
                Output.conclude("\(line)\(reporter.effort)")
                self.log(reporter, .success, line)
            }
            return Ending(index: index, status: .success, goesOn: true)
        } catch let error as JournalError {
            // What became of the last event is unknown, and only a fresh process may find out.
            let sentence = "\(error) Run the command again: it finds out where it stands."
            Output.complain("CT \(item.container): \(sentence)")
            self.log(reporter, .system, sentence, isOnRecord: false)
            return Ending(index: index, status: .system, goesOn: false)
        } catch {
            // Such as a configuration that cannot be read, which keeps none of the others.
            let failure = StepFailure(wrapping: error)
            Output.complain("CT \(item.container): \(failure.message)")
            self.log(reporter, failure.status, failure.message)
            return Ending(index: index, status: failure.status, goesOn: true)
        }
    }

    /// One line in the system log says how it ended.
    private func log(
        _ reporter: MigrationReporter, _ status: ExitStatus, _ message: String, isOnRecord: Bool = true
    ) {
        reporter.conclude(status, message, isOnRecord: isOnRecord)
        guard self.request.dryRunMode == nil, let migration = reporter.migration else { return }
        let words = TerminalText.harmless(message.split(separator: "\n").joined(separator: ";"))
        SystemLog.notice(
            "migration \(migration.migration) of CT \(reporter.container) to \(self.request.destinationText): "
                + "\(migration.stateName), status \(status.rawValue): \(words)")
    }

    private static func status(_ endings: [Ending]) -> ExitStatus {
        let statuses = endings.map(\.status)
        if statuses.contains(.inDoubt) { return .inDoubt }
        return statuses.first { $0 != .success } ?? .success
    }

    private func sum(_ endings: [Ending], _ status: ExitStatus, moved: Int) {
        let items = self.request.items
        let failed = endings.filter { $0.status != .success }
        var record = BatchRecord(.summary)
        (record.status, record.moved) = (status.rawValue, moved)
        record.failed = items.count - endings.count + failed.count
        Output.record(record)
        guard items.count > 1 else { return }
        let words = failed.map { "CT \(items[$0.index].container) (\($0.status.rawValue))" }
        let begun = items.count == endings.count ? "" : "; \(items.count - endings.count) not begun"
        Output.conclude(
            "\(endings.count - failed.count) of \(items.count) containers done"
                + (words.isEmpty ? "" : "; failed: \(words.joined(separator: ", "))") + begun)
    }
}

/// Tells how far the migrations are, four times a second.
private final class ProgressTicker: Sendable {
    private let isOver = Mutex(false)

    init(_ reporters: [MigrationReporter]) {
        startThread(named: "progress") {
            while !self.tick(reporters) { usleep(250_000) }
        }
    }

    /// Whether there is nothing more to tell. What is told is told before the end.
    private func tick(_ reporters: [MigrationReporter]) -> Bool {
        self.isOver.withLock { isOver in
            if !isOver { Output.show(reporters.compactMap { $0.progress() }) }
            return isOver
        }
    }

    func end() {
        self.isOver.withLock { $0 = true }
        Output.show([])
    }
}

/// SIGINT, SIGTERM and SIGHUP end a run at its next safe point. SIGPIPE is ignored: a reader that leaves in the middle
/// of a migration must not end it.
enum InterruptionSignals {
    /// Takes the signals from now on; called once, before the first migration begins.
    static func deliver(to interruption: Interruption) {
        let signals = vz_take_end_signals()
        precondition(signals >= 0, "the signals that end a run could not be taken: \(String(cString: strerror(errno)))")
        startThread(named: "signals") {
            var count: UInt64 = 0
            // One is enough: the run is ending already when a second comes.
            guard read(signals, &count, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size else { return }
            interruption.request(because: MigrationSession.signalled)
        }
    }
}
