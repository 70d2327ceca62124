internal import ContainerIdentity

/// A value without its quotes and backslashes, which still knows where `$VEID` stood.
struct ConfigurationValue: Hashable, Sendable {
    /// Not always UTF-8: what nobody asks for need not be text.
    private(set) var bytes: [UInt8] = []
    /// The first `$VEID` or `${VEID}` in `bytes` whose `$` was not behind a backslash. Only the first is ever expanded.
    private(set) var placeholder: Range<Int>?

    private static let spellings = ["$VEID", "${VEID}"].map { Array($0.utf8) }

    /// - Parameters:
    ///   - bytes: The value, unescaped.
    ///   - dollars: Offsets of the `$` that were not behind a backslash.
    init(bytes: [UInt8], dollars: [Int]) {
        self.bytes = bytes
        self.placeholder =
            dollars.lazy.compactMap { start in
                Self.spellings.first { bytes[start...].starts(with: $0) }.map { start..<(start + $0.count) }
            }.first
    }

    /// A text in which nothing is expanded.
    init(literal text: String) {
        self.bytes = Array(text.utf8)
    }

    /// A path; if its last component is the CT's ID, that is kept as `$VEID`, so that the file still holds after the
    /// CT has been given another ID.
    init(path: String, of id: ContainerID) {
        self.init(literal: path)
        guard path.hasSuffix("/\(id)") else { return }
        let start = self.bytes.count - id.description.utf8.count
        self.bytes.replaceSubrange(start..., with: Self.spellings[0])
        self.placeholder = start..<self.bytes.count
    }

    func expanded(for id: ContainerID) -> [UInt8] {
        guard let placeholder = self.placeholder else { return self.bytes }
        var result = self.bytes
        result.replaceSubrange(placeholder, with: id.description.utf8)
        return result
    }

    /// In double quotes, such that a shell reads the same value as we do.
    var quoted: [UInt8] {
        var result = [UInt8(ascii: "\"")]
        for (offset, byte) in self.bytes.enumerated() {
            let isPlaceholder = offset == self.placeholder?.lowerBound
            if "\"\\`$".utf8.contains(byte), !isPlaceholder { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
        }
        return result + [UInt8(ascii: "\"")]
    }
}
