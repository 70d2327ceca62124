/// 32 bytes of SHA-256, held in place so that a million of them cost no allocation.
package struct ByteDigest: Hashable, Sendable {
    /// The bytes, eight a word, in memory order.
    package var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// All zeros: what an entry without extended attributes has.
    package static let zero = ByteDigest()

    /// Takes the first 32 of `bytes`; fewer leave zeros.
    package init(_ bytes: some Sequence<UInt8>) {
        withUnsafeMutableBytes(of: &self.words) { target in
            for (index, byte) in bytes.prefix(32).enumerated() { target[index] = byte }
        }
    }

    /// Makes the zero digest.
    package init() {}

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: self.words) { Array($0) } }

    /// 64 lower-case digits.
    package var hex: String {
        self.bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    package static func == (left: ByteDigest, right: ByteDigest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.words.0) }
}
