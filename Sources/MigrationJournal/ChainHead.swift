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
