internal import BlockingWork
internal import ContainerHost
internal import ContainerIdentity
internal import Glibc
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration
internal import Synchronization
internal import ToolInformation

/// The containers of one command line: one after the other, or so many at once as `--jobs` says.
struct MigrationList {
    let intention: Intention

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
        let run: MigrationRun
        do {
            let workplace = try Workplace(
                timeout: self.intention.timeout, freezeTimeout: self.intention.freezeTimeout,
                bytesPerSecond: self.intention.bytesPerSecond, guardian: Guardian())
            InterruptionSignals.deliver(to: workplace.interruption)
            run = MigrationRun(intention: self.intention, workplace: workplace)
            try self.assureDistinct(run)
        } catch {
            Output.complain("\(error)")
            let status = (error as? StepFailure)?.status ?? .system
            self.sum([], status, moved: 0)
            return status
        }
        let tellings = self.intention.items.map { ItemTelling(of: $0.container) }
        let ticker = ProgressTicker(tellings)
        let endings = await self.migrate(tellings, run)
        ticker.end()
        let status = Self.status(endings)
        let done = endings.filter { $0.status == .success }
        self.sum(endings, status, moved: done.count { tellings[$0.index].migration?.state == .completed })
        return status
    }

    /// One that is typed by its id and by its name is one container.
    private func assureDistinct(_ run: MigrationRun) throws(StepFailure) {
        var names: [ContainerID: ContainerID] = [:]
        for typed in self.intention.items.map(\.container) {
            // What cannot be told now fails by itself when it is its turn.
            guard let id = try? run.resolve(typed) else { continue }
            if let other = names.updateValue(typed, forKey: id) {
                throw StepFailure(.usage, "\(other) and \(typed) in the list are one container, CT \(id)")
            }
        }
    }

    private func migrate(_ tellings: [ItemTelling], _ run: MigrationRun) async -> [Ending] {
        await withTaskGroup(of: Ending.self) { group in
            var endings: [Ending] = []
            for (index, item) in self.intention.items.enumerated() {
                if index >= self.intention.jobs, let ending = await group.next() { endings.append(ending) }
                guard endings.allSatisfy(\.goesOn) else { break }
                group.addTask { await self.migrate(item, index, run, tellings[index]) }
            }
            for await ending in group { endings.append(ending) }
            return endings.sorted { $0.index < $1.index }
        }
    }

    private func migrate(
        _ item: ContainerListItem, _ index: Int, _ run: MigrationRun, _ telling: ItemTelling
    ) async -> Ending {
        do {
            if let rehearsal = self.intention.rehearsal {
                try await run.rehearse(item, rehearsal, telling)
                telling.conclude(.success, "the dry run has passed; nothing was changed")
            } else {
                let line = try await run.migrate(item, telling)
                Output.conclude("\(line)\(telling.effort)")
                self.log(telling, .success, line)
            }
            return Ending(index: index, status: .success, goesOn: true)
        } catch let error as JournalError {
            // What became of the last event is unknown, and only a fresh process may find out.
            let sentence = "\(error) Run the command again: it finds out where it stands."
            Output.complain("CT \(item.container): \(sentence)")
            self.log(telling, .system, sentence, isOnRecord: false)
            return Ending(index: index, status: .system, goesOn: false)
        } catch {
            // Such as a configuration that cannot be read, which keeps none of the others.
            let failure = StepFailure(wrapping: error)
            Output.complain("CT \(item.container): \(failure.message)")
            self.log(telling, failure.status, failure.message)
            return Ending(index: index, status: failure.status, goesOn: true)
        }
    }

    /// One line in the system log says how it ended.
    private func log(
        _ telling: ItemTelling, _ status: ExitStatus, _ message: String, isOnRecord: Bool = true
    ) {
        telling.conclude(status, message, isOnRecord: isOnRecord)
        guard self.intention.rehearsal == nil, let migration = telling.migration else { return }
        let words = TerminalText.harmless(message.split(separator: "\n").joined(separator: ";"))
        SystemLog.notice(
            "migration \(migration.migration) of CT \(telling.container) to \(self.intention.destinationText): "
                + "\(migration.stateName), status \(status.rawValue): \(words)")
    }

    private static func status(_ endings: [Ending]) -> ExitStatus {
        let statuses = endings.map(\.status)
        if statuses.contains(.inDoubt) { return .inDoubt }
        return statuses.first { $0 != .success } ?? .success
    }

    private func sum(_ endings: [Ending], _ status: ExitStatus, moved: Int) {
        let items = self.intention.items
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

    init(_ tellings: [ItemTelling]) {
        startThread(named: "progress") {
            while !self.tick(tellings) { usleep(250_000) }
        }
    }

    /// Whether there is nothing more to tell. What is told is told before the end.
    private func tick(_ tellings: [ItemTelling]) -> Bool {
        self.isOver.withLock { isOver in
            if !isOver { Output.show(tellings.compactMap { $0.progress() }) }
            return isOver
        }
    }

    func end() {
        self.isOver.withLock { $0 = true }
        Output.show([])
    }
}
