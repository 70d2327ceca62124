internal import Crypto

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

/// Bytes as lower-case hexadecimal digits, and back.
package enum Hexadecimal {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `nil` for an odd count or anything but digits of either case.
    package static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { Self.value(ofDigit: $0) }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
