/// Reads one line of a configuration file.
///
/// The syntax is that of OpenVZ's files: blanks before the key do not count; a value may stand in single or double
/// quotes and needs them if it has a blank; a backslash takes the next byte as it is, in quotes too; `#` begins a
/// comment outside quotes at the start or after a blank; a line without `=` says nothing. Where readers of this
/// family, and shells that source the file, disagree, the line is refused rather than guessed at.
struct ConfigurationScanner {
    /// The line without its newline.
    private let bytes: [UInt8]
    private var position = 0

    private static let bound = ConfigurationFile.lineLengthBound

    /// The assignment in a line, or `nil` for a comment, an empty line and whatever else assigns nothing.
    ///
    /// - Throws: ``Malformed``, if the line cannot be understood.
    static func assignment(in line: some Collection<UInt8>) throws(Malformed) -> ConfigurationAssignment? {
        guard line.count <= Self.bound else {
            throw Malformed(what: "the line is longer than \(Self.bound) bytes")
        }
        guard !line.contains(0) else { throw Malformed(what: "the line has a NUL byte") }
        var scanner = ConfigurationScanner(bytes: Array(line))
        guard let key = scanner.key() else { return nil }
        scanner.skipBlanks()
        let start = scanner.position
        let value = try scanner.value(of: key)
        let range = start..<scanner.position
        try scanner.expectEnd(of: key)
        return ConfigurationAssignment(key: key, value: value, range: range)
    }

    /// Why a line was refused: a sentence without its full stop.
    struct Malformed: Error, Hashable {
        let what: String
    }

    /// Whether a shell and we would both take `text` for the name of a variable.
    static func isKey(_ text: some Sequence<UInt8>) -> Bool {
        var isFirst = true
        for byte in text {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: break
            default: return false
            }
            isFirst = false
        }
        return !isFirst
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var current: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    /// Passes the key and the `=`.
    private mutating func key() -> String? {
        self.skipBlanks()
        guard let equals = self.bytes[self.position...].firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var end = equals
        while end > self.position, self.bytes[end - 1].isBlank { end -= 1 }
        let key = self.bytes[self.position..<end]
        guard Self.isKey(key) else { return nil }
        self.position = equals + 1
        return String(decoding: key, as: UTF8.self)
    }

    private mutating func value(of key: String) throws(Malformed) -> ConfigurationValue {
        switch self.current {
        case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: try self.quotedValue(of: key)
        default: try self.bareValue(of: key)
        }
    }

    private mutating func quotedValue(of key: String) throws(Malformed) -> ConfigurationValue {
        let quote = self.bytes[self.position]
        self.position += 1
        var bytes: [UInt8] = []
        var dollars: [Int] = []
        while let byte = self.current, byte != quote {
            self.take(into: &bytes, dollars: &dollars)
        }
        guard self.current == quote else { throw Malformed(what: "the quoted value of \(key) has no closing quote") }
        self.position += 1
        return ConfigurationValue(bytes: bytes, dollars: dollars)
    }

    private mutating func bareValue(of key: String) throws(Malformed) -> ConfigurationValue {
        var bytes: [UInt8] = []
        var dollars: [Int] = []
        // After a blank a comment may begin where the value would: then the value is empty.
        if self.atComment { return ConfigurationValue(bytes: [], dollars: []) }
        while let byte = self.current, !byte.isBlank {
            guard byte != UInt8(ascii: "\""), byte != UInt8(ascii: "'") else {
                throw Malformed(what: "the value of \(key) has a quote in its middle: quote the whole value")
            }
            self.take(into: &bytes, dollars: &dollars)
        }
        return ConfigurationValue(bytes: bytes, dollars: dollars)
    }

    /// Takes one byte, or the byte behind a backslash; a backslash at the very end stands for itself.
    private mutating func take(into bytes: inout [UInt8], dollars: inout [Int]) {
        var byte = self.bytes[self.position]
        let isEscaped = byte == UInt8(ascii: "\\") && self.position + 1 < self.bytes.count
        if isEscaped {
            self.position += 1
            byte = self.bytes[self.position]
        }
        if byte == UInt8(ascii: "$"), !isEscaped { dollars.append(bytes.count) }
        bytes.append(byte)
        self.position += 1
    }

    private mutating func expectEnd(of key: String) throws(Malformed) {
        self.skipBlanks()
        guard self.current != nil, !self.atComment else { return }
        throw Malformed(what: "there is text after the value of \(key): a value with a blank needs quotes")
    }

    private var atComment: Bool {
        self.current == UInt8(ascii: "#") && self.position > 0 && self.bytes[self.position - 1].isBlank
    }

    private mutating func skipBlanks() {
        while let byte = self.current, byte.isBlank { self.position += 1 }
    }
}

extension UInt8 {
    /// A carriage return counts, so that a file that was edited on another system is read as it was meant.
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
    }
}
