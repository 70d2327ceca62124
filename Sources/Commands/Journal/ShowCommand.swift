internal import ArgumentParser
internal import FoundationEssentials
internal import HandOver
internal import Host
package import Journal

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What happened in one migration, one line an event.",
        discussion: """
            Under OP, "1>" is the intent and "<1" its outcome; "1?" is an intent whose outcome was never recorded.
            """)

    @OptionGroup var journal: JournalOptions

    @Flag(name: .customLong("private"), help: "Also show addresses, paths and command lines.")
    var showsPrivate = false

    @Argument(help: "The beginning of a migration's id, or a container's id for its latest migration.")
    var migration: String

    func run() throws {
        let reader = try self.journal.open()
        do {
            let summary = try self.choose(try reader.migrations(named: self.migration))
            let entries = try reader.entries(ofMigration: summary.migration)
            try StandardOutput.write(MigrationStory(summary, entries, showsPrivate: self.showsPrivate).text)
        } catch let error as JournalError { throw JournalFailure(error) }
    }

    private func choose(_ candidates: [MigrationSummary]) throws(JournalFailure) -> MigrationSummary {
        guard let first = candidates.first else {
            throw JournalFailure(.notFound, "There is no migration '\(self.migration)'. 'list' shows what there is.")
        }
        guard candidates.count == 1 else {
            let names = candidates.map(\.migration.uuid).joined(separator: ", ")
            throw JournalFailure(.usage, "'\(self.migration)' may mean any of \(names). Type more of it.")
        }
        return first
    }
}

/// What `show` prints: who moved, then one line an event.
package struct MigrationStory {
    private let summary: MigrationSummary
    private let entries: [JournalEntry]
    private let showsPrivate: Bool

    /// With `showsPrivate` also the private parts, which may hold addresses and command lines.
    package init(_ summary: MigrationSummary, _ entries: [JournalEntry], showsPrivate: Bool) {
        self.summary = summary
        self.entries = entries
        self.showsPrivate = showsPrivate
    }

    package var text: String { self.header + "\n" + self.events }

    private var header: String {
        let count = self.entries.count
        return TextColumns.aligned([
            ["Migration", self.summary.migration.uuid],
            ["Container", TerminalText.escaped(self.summary.container ?? "-") + self.identity],
            ["Role", (self.summary.role?.rawValue ?? "-") + (self.summary.epoch.map { ", epoch \($0)" } ?? "")],
            ["Peer", self.summary.peer?.uuid ?? "-"],
            ["State", TerminalText.escaped(self.summary.state ?? "-") + (self.summary.isOpen ? " (open)" : "")],
            ["Started", TimeText.instant(self.summary.firstTime.wallNanoseconds) + " UTC"],
            ["Lasted", TimeText.span(self.summary.durationNanoseconds) + ", \(count) event\(count == 1 ? "" : "s")"],
        ])
    }

    private var identity: String { self.summary.containerUUID.map { " (\($0.uuid))" } ?? "" }

    private var events: String {
        var marks = OperationMarks(self.entries)
        var rows = [["SEQ", "TIME (UTC)", "DELTA", "OP", "KIND", "STATE", "WHAT"]]
        var previous: JournalEntry?
        for entry in self.entries {
            rows.append(self.cells(entry, after: previous, mark: marks.mark(of: entry)))
            previous = entry
        }
        return TextColumns.aligned(rows)
    }

    private func cells(_ entry: JournalEntry, after previous: JournalEntry?, mark: String) -> [String] {
        [
            "\(entry.sequence)",
            TimeText.instant(entry.time.wallNanoseconds),
            previous.map { "+" + TimeText.span(Self.delta(from: $0.time, to: entry.time)) } ?? "",
            mark,
            TerminalText.escaped(entry.record.kind),
            TerminalText.escaped(entry.record.stateAfter ?? ""),
            TerminalText.escaped(self.what(entry)),
        ]
    }

    /// On the clock that does not jump, where both times are of one boot.
    private static func delta(from earlier: JournalTime, to later: JournalTime) -> Int64 {
        if earlier.bootID == later.bootID { return later.bootNanoseconds &- earlier.bootNanoseconds }
        return later.wallNanoseconds &- earlier.wallNanoseconds
    }

    private func what(_ entry: JournalEntry) -> String {
        var parts: [String] = []
        if entry.record.recordClass == .custody { parts.append("[custody]") }
        let payload = PayloadText.line(entry.record.payload)
        if !payload.isEmpty { parts.append(payload) }
        if let code = entry.record.returnCode { parts.append("exit=\(code)") }
        if let duration = entry.record.durationNanoseconds { parts.append("took=\(TimeText.span(duration))") }
        if let text = self.privateText(entry) { parts.append(text) }
        return parts.joined(separator: " ")
    }

    private func privateText(_ entry: JournalEntry) -> String? {
        guard entry.privateDigest != nil else { return nil }
        guard let body = entry.record.privatePayload else { return "(private part erased)" }
        return self.showsPrivate ? PayloadText.line(body) : "(private part, \(body.count) bytes)"
    }
}

/// Numbers the operations of a migration, so that an intent and its outcome are seen to belong together: `1>` begins,
/// `<1` answers, `1?` begins what nothing answers.
struct OperationMarks {
    private var numbers: [UniqueID: Int] = [:]
    private var counts: [UniqueID: Int] = [:]
    private var begun: Set<UniqueID> = []

    init(_ entries: [JournalEntry]) {
        for operation in entries.compactMap({ $0.record.operation }) {
            if self.numbers[operation] == nil { self.numbers[operation] = self.numbers.count + 1 }
            self.counts[operation, default: 0] += 1
        }
    }

    /// To be asked once an entry, in order; empty for an entry of no operation.
    mutating func mark(of entry: JournalEntry) -> String {
        guard let operation = entry.record.operation, let number = self.numbers[operation] else { return "" }
        if self.begun.contains(operation) { return "<\(number)" }
        self.begun.insert(operation)
        return self.counts[operation] == 1 ? "\(number)?" : "\(number)>"
    }
}
