package import MigrationJournal
internal import ToolInformation

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
            ["Migration", self.summary.migration.description],
            ["Container", TerminalText.escaped(self.summary.container ?? "-") + self.identity],
            ["Role", (self.summary.role?.rawValue ?? "-") + (self.summary.epoch.map { ", epoch \($0)" } ?? "")],
            ["Peer", self.summary.peer?.description ?? "-"],
            ["State", TerminalText.escaped(self.summary.state ?? "-") + (self.summary.isOpen ? " (open)" : "")],
            ["Started", TimeText.instant(self.summary.firstTime.wallNanoseconds) + " UTC"],
            ["Lasted", TimeText.span(self.summary.durationNanoseconds) + ", \(count) event\(count == 1 ? "" : "s")"],
        ])
    }

    private var identity: String { self.summary.containerUUID.map { " (\($0))" } ?? "" }

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
