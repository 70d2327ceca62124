import HandOver
import Host
@testable import Journal
import JournalCommand
import Testing

@Suite("What is printed can be read by people and does the terminal no harm")
struct RenderingTests {
    static let migration = UniqueID(parsing: "3f2a91bc-0000-4000-8000-000000000001") ?? .random()
    static let peer = UniqueID(parsing: "77aa01ff-0000-4000-8000-000000000002") ?? .random()

    /// 2026-11-24 02:35:27.632 UTC and so many milliseconds later.
    static func time(_ milliseconds: Int64) -> JournalTime {
        JournalTime(
            wallNanoseconds: 1_795_487_727_632_000_000 + milliseconds * 1_000_000,
            bootNanoseconds: 5_000_000_000 + milliseconds * 1_000_000, bootID: .init(repeating: 1, count: 16))
    }

    static func entry(
        _ sequence: Int64, _ milliseconds: Int64, _ kind: String, state: String? = nil, operation: UniqueID? = nil,
        payload: String = "{}", returnCode: Int64? = nil, privatePayload: String? = nil, hasPrivate: Bool = false
    ) -> JournalEntry {
        JournalEntry(
            sequence: sequence, previousHash: [], hash: [], version: sequence, time: Self.time(milliseconds),
            session: 1,
            privateDigest: hasPrivate ? [1] : nil,
            record: NewRecord(
                kind: kind, migration: Self.migration, stateAfter: state, operation: operation, returnCode: returnCode,
                payload: Array(payload.utf8), privatePayload: privatePayload.map { Array($0.utf8) }))
    }

    static func summary(container: String = "101", state: String, isOpen: Bool) -> MigrationSummary {
        MigrationSummary(
            migration: Self.migration, container: container, containerUUID: Self.migration, role: .source,
            peer: Self.peer, epoch: 4, state: state, version: 5, firstTime: Self.time(0), lastTime: Self.time(12_345),
            isOpen: isOpen)
    }

    @Test("What is kept is one line an area, and a mark in the list of migrations")
    func kept() {
        let areas = ["/vz/private/101.incoming", "/vz/\u{1B}[31m", nil].map { path in
            KeptArea(migration: Self.migration, container: "101", area: path, since: Self.time(0))
        }
        #expect(
            KeptList.text(areas) == """
                MIGRATION  CT   SINCE (UTC)              AREA
                3f2a91bc   101  2026-11-24 02:35:27.632  /vz/private/101.incoming
                3f2a91bc   101  2026-11-24 02:35:27.632  /vz/\\u{1b}[31m
                3f2a91bc   101  2026-11-24 02:35:27.632  (erased)

                """)
        let list = MigrationList.text([Self.summary(state: "aborted", isOpen: false)], kept: areas)
        #expect(list.contains("aborted (kept)  "))
        #expect(KeptList.text([]) == "Nothing is kept.\n")
    }

    @Test("A list is one line a migration")
    func list() {
        let text = MigrationList.text([
            Self.summary(state: "completed", isOpen: false),
            Self.summary(container: "web-1", state: "frozen", isOpen: true),
        ])
        #expect(
            text == """
                MIGRATION  CT     ROLE    PEER      STATE          STARTED (UTC)            DURATION
                3f2a91bc   101    source  77aa01ff  completed      2026-11-24 02:35:27.632  12.345 s
                3f2a91bc   web-1  source  77aa01ff  frozen (open)  2026-11-24 02:35:27.632  12.345 s

                """)
        #expect(MigrationList.text([]) == "No migration is recorded.\n")
    }

    @Test("A story pairs each intent with its outcome and shows the one that has none")
    func story() {
        let first = UniqueID.random()
        let second = UniqueID.random()
        let text = MigrationStory(
            Self.summary(state: "frozen", isOpen: true),
            [
                Self.entry(2, 0, "planned", state: "planned", payload: #"{"flags":{"online":true},"b":[1,"x y"]}"#),
                Self.entry(3, 1, "freezeStarted", operation: first),
                Self.entry(4, 3, "containerFrozen", state: "frozen", operation: first, returnCode: 0),
                Self.entry(5, 12_345, "dumpStarted", operation: second, hasPrivate: true),
            ], showsPrivate: false
        ).text
        #expect(
            text == """
                Migration  3f2a91bc-0000-4000-8000-000000000001
                Container  101 (3f2a91bc-0000-4000-8000-000000000001)
                Role       source, epoch 4
                Peer       77aa01ff-0000-4000-8000-000000000002
                State      frozen (open)
                Started    2026-11-24 02:35:27.632 UTC
                Lasted     12.345 s, 4 events

                SEQ  TIME (UTC)               DELTA      OP  KIND             STATE    WHAT
                2    2026-11-24 02:35:27.632                 planned          planned  b=[1, "x y"] flags={online=true}
                3    2026-11-24 02:35:27.633  +1.000 ms  1>  freezeStarted
                4    2026-11-24 02:35:27.635  +2.000 ms  <1  containerFrozen  frozen   exit=0
                5    2026-11-24 02:35:39.977  +12.342 s  2?  dumpStarted               (private part erased)

                """)
    }

    @Test("A private part is shown only when asked for")
    func privatePart() {
        let entries = [Self.entry(2, 0, "planned", privatePayload: #"{"peer":"10.77.1.1"}"#, hasPrivate: true)]
        let summary = Self.summary(state: "planned", isOpen: true)
        let shown = MigrationStory(summary, entries, showsPrivate: true).text
        let hidden = MigrationStory(summary, entries, showsPrivate: false).text
        #expect(shown.contains("peer=10.77.1.1"))
        #expect(!hidden.contains("10.77.1.1"))
        #expect(hidden.contains("(private part, 20 bytes)"))
    }

    @Test("What is in a payload cannot look like another member of it")
    func forgedMember() {
        let payload = #"{"message":"x\" status=0 [","k\" a":"b,c"}"#
        let entries = [Self.entry(2, 0, "k", payload: payload)]
        let text = MigrationStory(Self.summary(state: "k", isOpen: true), entries, showsPrivate: false).text
        #expect(text.contains(#""k"" a"="b,c" message="x"" status=0 [""#), "\(text)")
    }

    @Test(
        "What could move the cursor or turn the line around is shown as a number",
        arguments: [
            ("\u{1B}[2Jx", "\\u{1b}[2Jx"), ("a\nb\r\u{7}", "a\\u{a}b\\u{d}\\u{7}"), ("\u{9B}31m", "\\u{9b}31m"),
            ("\u{202E}gpj", "\\u{202e}gpj"), ("\u{2028}", "\\u{2028}"), ("\\u{1b}", "\\\\u{1b}"), ("Zoë 容器", "Zoë 容器"),
        ])
    func escaped(text: String, shown: String) {
        #expect(TerminalText.escaped(text) == shown)
        let story = MigrationStory(
            Self.summary(container: text, state: text, isOpen: true),
            [Self.entry(2, 0, text, state: text, payload: text), Self.entry(3, 1, "k", payload: "{\"\(text)\":1}")],
            showsPrivate: true)
        #expect(!story.text.unicodeScalars.contains { $0 != "\n" && TerminalText.escaped(String($0)).hasPrefix("\\u") })
    }

    @Test("Times that no clock ever showed do not stop the program")
    func damagedTimes() {
        let wild = JournalTime(wallNanoseconds: .min, bootNanoseconds: .max, bootID: [])
        let summary = MigrationSummary(
            migration: Self.migration, container: nil, containerUUID: nil, role: nil, peer: nil, epoch: nil, state: nil,
            version: 1, firstTime: wild, lastTime: Self.time(0), isOpen: true)
        #expect(MigrationList.text([summary]).split(separator: "\n").count == 2)
    }

    @Test("A verdict is one line, or each finding")
    func verdict() {
        var result = VerificationResult(head: ChainHead(sequence: 2, hash: [0xAB, 0xCD]))
        result.eventCount = 2
        #expect(VerificationText.text(result) == "2 events, chain intact, head 2:abcd\n")
        #expect(VerificationText.status(result) == .success)
        result.contradictions = [Finding(sequence: 9, sentence: "a witness saw this event.")]
        #expect(VerificationText.status(result) == .truncated)
        result.findings = [Finding(sequence: 1, sentence: "it was altered.")]
        #expect(VerificationText.status(result) == .chainBroken)
        #expect(
            VerificationText.text(result) == """
                event 1: it was altered.
                event 9: a witness saw this event.
                2 events, NOT intact: 2 findings.

                """)
    }
}
