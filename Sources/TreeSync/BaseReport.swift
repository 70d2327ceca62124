internal import FrameStream

/// What a receiver took from its base, an older copy of the same tree on its own disk, instead of the wire.
package struct BaseReport: Hashable, Sendable {
    /// Regular files that were copied or cloned.
    package var files: UInt64 = 0
    /// Bytes of their content; holes are none.
    package var bytes: UInt64 = 0
    /// Why the base was given up before its end; empty if it was not. What had been taken by then stays, but after a
    /// full disk.
    package var problem = ""

    /// The longest `problem` that travels, in bytes.
    private static let problemLimit = 4096

    /// The form of the wire.
    func encode(into bytes: inout MessageBytes) {
        bytes.add(self.files)
        bytes.add(self.bytes)
        bytes.add(counted: Array(self.problem.utf8.prefix(Self.problemLimit)))
    }

    init(problem: String = "") { self.problem = problem }

    /// `nil` for what `encode` does not write.
    init?(encoded: ArraySlice<UInt8>) {
        guard encoded.count >= 20, encoded.count <= 20 + Self.problemLimit else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.files = number(encoded.prefix(8))
        self.bytes = number(encoded.dropFirst(8).prefix(8))
        let text = encoded.dropFirst(20)
        guard number(encoded.dropFirst(16).prefix(4)) == UInt64(text.count) else { return nil }
        self.problem = String(decoding: text, as: UTF8.self)
    }
}
