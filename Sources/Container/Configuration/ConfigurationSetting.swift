package import HandOver

/// One assignment, with the place it was found at, so that whoever cannot use the value can say where it stands.
package struct ConfigurationSetting: Hashable, Sendable {
    package let key: String
    package let path: String
    /// Counted from 1.
    package let line: Int
    private let value: ConfigurationValue

    init(key: String, path: String, line: Int, value: ConfigurationValue) {
        self.key = key
        self.path = path
        self.line = line
        self.value = value
    }

    /// The value with `$VEID` as it stands.
    ///
    /// - Throws: ``ConfigurationError`` if it is not UTF-8.
    package func text() throws(ConfigurationError) -> String {
        try self.decoded(self.value.bytes)
    }

    /// The value with the first `$VEID` or `${VEID}` replaced.
    ///
    /// - Throws: ``ConfigurationError`` if it is not UTF-8.
    package func text(of id: ContainerID) throws(ConfigurationError) -> String {
        try self.decoded(self.value.expanded(for: id))
    }

    /// The error for a value that cannot be used; `what` reads after the key, such as "has to be a number".
    package func error(_ what: String) -> ConfigurationError {
        ConfigurationError(path: self.path, line: self.line, what: "\(self.key) \(what)")
    }

    private func decoded(_ bytes: [UInt8]) throws(ConfigurationError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw self.error("is not valid UTF-8") }
        return text
    }
}

extension ConfigurationSetting {
    /// The items of a list, which are separated by blanks, tabs and commas.
    func items(of id: ContainerID) throws(ConfigurationError) -> [String] {
        try self.text(of: id).split { " \t,\r".contains($0) }.map(String.init)
    }

    /// The items of a list whose items have commas of their own.
    func words(of id: ContainerID) throws(ConfigurationError) -> [String] {
        try self.text(of: id).split { " \t\r".contains($0) }.map(String.init)
    }

    /// `yes` or `no` in any case; an empty value is `no`.
    func flag() throws(ConfigurationError) -> Bool {
        switch try self.text().lowercased() {
        case "yes": true
        case "no", "": false
        case let other: throw self.error("has to be \"yes\" or \"no\", not \"\(other)\"")
        }
    }

    /// An absolute path without `..`, as ``NodeLayout/normalized(_:)`` spells it.
    func absolutePath(of id: ContainerID?) throws(ConfigurationError) -> String {
        let text = if let id { try self.text(of: id) } else { try self.text() }
        guard let path = NodeLayout.normalized(text), path != "/" else {
            throw self.error("has to be an absolute path without '..', not \"\(text)\"")
        }
        return path
    }
}

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
