import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("The rows that a released version wrote are the rows of this one")
struct GoldenRowTests {
    /// The rows of `journal-schema/fixtures/rows.txt` that belong to one role.
    private static func rows(of role: NodeRole) throws -> [EventBody] {
        let file = FixtureTests.folder.appending(path: "rows.txt")
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n\n")
        let heading = role == .source ? "source\n" : "destination\n"
        let part = try #require(parts.first { $0.hasPrefix(heading) })
        var rows: [EventBody] = []
        for line in part.split(separator: "\n").dropFirst().map(String.init) {
            guard line.hasPrefix("{") else {
                rows.append(EventBody(kind: line, payload: [], privatePayload: nil))
                continue
            }
            let last = rows.popLast()
            let row = try #require(last, "a payload without a kind")
            let isPrivate = !row.payload.isEmpty
            rows.append(
                EventBody(
                    kind: row.kind, payload: isPrivate ? row.payload : Array(line.utf8),
                    privatePayload: isPrivate ? Array(line.utf8) : nil))
        }
        return rows
    }

    @Test("A source writes them, and reads them back")
    func source() throws {
        let rows = try Self.rows(of: .source)
        for (row, event) in zip(rows, SourceEvent.examples) {
            #expect(try event.body() == row)
            #expect(try SourceEvent(body: row) == event)
        }
        #expect(rows.count == SourceEvent.examples.count)
    }

    @Test("A destination writes them, and reads them back")
    func destination() throws {
        let rows = try Self.rows(of: .destination)
        for (row, event) in zip(rows, DestinationEvent.examples) {
            #expect(try event.body() == row)
            #expect(try DestinationEvent(body: row) == event)
        }
        #expect(rows.count == DestinationEvent.examples.count)
    }
}
