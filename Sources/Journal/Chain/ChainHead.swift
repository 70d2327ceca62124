internal import Crypto
internal import HandOver

/// A point of a journal's hash chain: whoever holds it can tell later whether the journal still contains it.
package struct ChainHead: Hashable, Sendable, CustomStringConvertible {
    /// The event's number; 0 is the genesis, before any event.
    package let sequence: Int64

    /// The SHA-256 of that event, which covers every event before it; 32 bytes.
    package let hash: [UInt8]

    package init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    /// The form of ``description``; `nil` for anything else.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence >= 0,
            let hash = Hexadecimal.bytes(String(parts[1])), hash.count == ChainDigest.byteCount
        else { return nil }
        self.init(sequence: sequence, hash: hash)
    }

    /// `17:9f86d0…`, the number and 64 digits.
    package var description: String { "\(self.sequence):\(Hexadecimal.text(self.hash))" }
}

/// SHA-256 over fields in a fixed order: a tag that says what is hashed, then each field with its type and length.
///
/// No two different lists of fields give the same bytes, and nothing is ever serialised again to be checked.
struct ChainDigest {
    /// The length of every digest here.
    static let byteCount = SHA256.byteCount

    private var bytes: [UInt8]

    init(tag: String) {
        self.bytes = []
        self.add(Array(tag.utf8))
    }

    /// Adds 0 for `nil`, else 1 and eight bytes, the most significant first.
    mutating func add(_ value: Int64?) {
        guard let value else { return self.bytes.append(0) }
        self.bytes.append(1)
        self.addFixed(UInt64(bitPattern: value))
    }

    /// Adds 0 for `nil`, else 2, the count in eight bytes, and the bytes.
    mutating func add(_ value: [UInt8]?) {
        guard let value else { return self.bytes.append(0) }
        self.bytes.append(2)
        self.addFixed(UInt64(value.count))
        self.bytes.append(contentsOf: value)
    }

    /// Adds the UTF-8 of the text as bytes.
    mutating func add(_ value: String?) {
        self.add(value.map { Array($0.utf8) })
    }

    var value: [UInt8] { Array(SHA256.hash(data: self.bytes)) }

    /// Plain SHA-256, for what has no fields.
    static func ofBytes(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    private mutating func addFixed(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }
}
