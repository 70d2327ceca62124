internal import FoundationEssentials
internal import Glibc
internal import HandOver

/// One line of `--batch`: JSON, documented in `journal-schema/batch.schema.json` and stable: fields are added, and none
/// changes its meaning without a new `version`.
struct BatchRecord: Encodable, Sendable {
    static let version = 1

    private let version = Self.version
    private let record: Kind
    /// UTC, as `2026-11-28T13:41:49.123Z`.
    private let time = Self.now
    var ct: String?
    var migration: String?
    var destination: String?
    var newCt: String?
    var type: String?
    var phase: String?
    var keyword: String?
    var here: String?
    var there: String?
    var remedy: String?
    var passedOver: Bool?
    var bytes: UInt64?
    var wireBytes: UInt64?
    var bytesPerSecond: UInt64?
    var percent: Int?
    var frozenMilliseconds: UInt64?
    var status: Int32?
    var place: Place?
    var running: Bool?
    var downtimeMilliseconds: UInt64?
    var predictedMilliseconds: UInt64?
    var milliseconds: UInt64?
    var moved: Int?
    var failed: Int?
    var message: String?

    enum Kind: String, Encodable, Sendable { case plan, check, phase, progress, note, result, summary }

    /// Where a container is, as far as is known here.
    enum Place: String, Encodable, Sendable {
        case source
        case destination
        /// The hand-over is in doubt, or there is no such container here.
        case unknown
    }

    init(_ kind: Kind, ct: String? = nil) {
        self.record = kind
        self.ct = ct
    }

    static func note(_ message: String) -> Self {
        var record = Self(.note)
        record.message = message
        return record
    }

    static func check(_ finding: CheckFinding, ct: String, waived: Bool) -> Self {
        var record = Self(.check, ct: ct)
        (record.keyword, record.status) = (finding.keyword?.rawValue, finding.status.rawValue)
        (record.message, record.here, record.there) = (finding.what, finding.here, finding.there)
        (record.remedy, record.passedOver) = (finding.remedy, waived)
        return record
    }

    /// Without its newline.
    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("a record of numbers and texts can be written: \(error)")
        }
    }

    private static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        var seconds = time.tv_sec
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) + ".\(milliseconds)Z"
    }
}
