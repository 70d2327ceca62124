import HandOver
import Journal
import Testing
import TestSupport

@Suite("Every event has a row of its own, from which it comes back")
struct EventCodecTests {
    @Test("A source's event", arguments: SourceEvent.examples)
    func source(event: SourceEvent) throws {
        #expect(try SourceEvent(body: event.body()) == event)
    }

    @Test("A destination's event", arguments: DestinationEvent.examples)
    func destination(event: DestinationEvent) throws {
        #expect(try DestinationEvent(body: event.body()) == event)
    }

    /// Examples that share a kind are of one case, and of one step.
    private static func expectOneKind(eachOf events: [some JournaledEvent]) throws {
        for (kind, events) in Dictionary(grouping: try events.map { ($0, try $0.body().kind) }, by: \.1) {
            let cases = Set(events.map { "\($0.0)".prefix { $0 != "(" } })
            #expect(cases.count == 1, "\(kind): \(cases)")
        }
    }

    @Test("No two events of a role share a kind")
    func kinds() throws {
        try Self.expectOneKind(eachOf: SourceEvent.examples)
        try Self.expectOneKind(eachOf: DestinationEvent.examples)
    }

    @Test("Every kind of container's journey comes back", arguments: MigrationKind.allCases)
    func journeys(kind: MigrationKind) throws {
        let event = SourceEvent.planned(.example(kind: kind))
        #expect(try SourceEvent(body: event.body()) == event)
    }

    @Test(
        "A kind that nobody knows is an error that names it",
        arguments: [
            "", "planned", "checkNodes", "checkNodes.", ".intent", "checkNodes.intent.x", "freeze.intent", "x.failed",
        ])
    func unknown(kind: String) {
        let row = EventBody(kind: kind, payload: Array("{}".utf8), privatePayload: nil)
        for decode in [{ _ = try SourceEvent(body: row) }, { _ = try DestinationEvent(body: row) }] {
            #expect { try decode() } throws: { "\($0)".contains("does not know the event kind '\(kind)'") }
        }
    }

    @Test("One role's kind is no kind of the other's")
    func roles() throws {
        #expect(throws: (any Error).self) { try DestinationEvent(body: SourceEvent.commitDecided.body()) }
        #expect(throws: (any Error).self) { try SourceEvent(body: DestinationEvent.committed.body()) }
    }

    @Test("A payload that is not what its kind says is an error", arguments: ["", "[]", "{}", "{\"digest\":1}"])
    func payload(text: String) {
        let row = EventBody(kind: "tree.synced", payload: Array(text.utf8), privatePayload: nil)
        #expect(throws: (any Error).self) { try SourceEvent(body: row) }
    }

    @Test("A failure whose words were redacted keeps its status; a plan whose places were is not acted upon")
    func redacted() throws {
        let failed = try SourceEvent.interrupted(.example).body()
        let silent = EventBody(kind: failed.kind, payload: failed.payload, privatePayload: nil)
        guard case .interrupted(let failure) = try SourceEvent(body: silent) else {
            Issue.record("it came back as another event")
            return
        }
        #expect(failure.status == .copyFailed)
        #expect(failure.message == "(redacted)")
        let planned = try SourceEvent.planned(.full).body()
        let blank = EventBody(kind: planned.kind, payload: planned.payload, privatePayload: nil)
        #expect { try SourceEvent(body: blank) } throws: { "\($0)".contains("was redacted") }
    }
}
