package import HandOver
internal import Host

/// A configuration file with everything that is in it: comments, blank lines, the order, keys that nobody here knows.
///
/// What is not edited comes out byte for byte as it went in.
package struct ConfigurationFile: Hashable, Sendable {
    /// Where it was read from, for messages.
    package let path: String
    private var lines: [Line] = []

    /// Bytes. Real files have a few hundred; the bounds keep a wrong or hostile file from costing memory.
    package static let lineLengthBound = 65_536
    package static let fileLengthBound = 1_048_576

    private struct Line: Hashable, Sendable {
        /// With the newline, which only the last line may lack.
        var bytes: [UInt8]
        var assignment: ConfigurationAssignment?
    }

    /// A file without a line.
    package init(emptyAt path: String) {
        self.path = path
    }

    /// - Throws: ``ConfigurationError`` with the first line that cannot be understood.
    package init(parsing bytes: [UInt8], path: String) throws(ConfigurationError) {
        self.path = path
        guard bytes.count <= Self.fileLengthBound else {
            throw ConfigurationError(path: path, line: nil, what: Self.tooLong)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            let line = try self.line(Array(rest[..<end]), number: self.lines.count + 1)
            self.lines.append(line)
            rest = rest[end...]
        }
    }

    /// Reads a file of this server.
    package init(reading path: String) throws(NodeError) {
        let bytes = try Self.content(of: path)
        do throws(ConfigurationError) {
            try self.init(parsing: bytes, path: path)
        } catch {
            throw .configuration(error)
        }
    }

    package var bytes: [UInt8] { self.lines.flatMap(\.bytes) }

    /// The last assignment of a key, which is the one that counts; `nil` if there is none.
    package func setting(_ key: String) -> ConfigurationSetting? {
        guard let index = self.lastIndex(of: key), let assignment = self.lines[index].assignment else { return nil }
        return ConfigurationSetting(key: key, path: self.path, line: index + 1, value: assignment.value)
    }

    /// Every key that is assigned, in the order of the lines, each as often as it is.
    package var keys: [String] { self.lines.compactMap { $0.assignment?.key } }

    /// Gives a key a value that is taken literally, `$VEID` included.
    ///
    /// The last assignment is changed where it stands, and keeps its comment; without one, a line is added at the end.
    ///
    /// - Throws: ``ConfigurationError`` if no line can hold that key and value.
    package mutating func set(_ key: String, _ text: String) throws(ConfigurationError) {
        try self.set(key, ConfigurationValue(literal: text))
    }

    /// Like ``set(_:_:)``, but a path whose last component is the CT's ID is written with `$VEID`.
    package mutating func set(_ key: String, path: String, of id: ContainerID) throws(ConfigurationError) {
        try self.set(key, ConfigurationValue(path: path, of: id))
    }

    /// Removes every assignment of a key, each with its whole line.
    package mutating func remove(_ key: String) {
        self.lines.removeAll { $0.assignment?.key == key }
    }

    /// Replaces the file at `path` in one durable step.
    package func write(to path: String) throws(NodeError) {
        let bytes = self.bytes
        guard bytes.count <= Self.fileLengthBound else {
            throw .configuration(ConfigurationError(path: path, line: nil, what: Self.tooLong))
        }
        try NodeError.wrapping { () throws(FileError) in try DurableFile.write(bytes, to: path) }
    }

    private static let tooLong = "the file is longer than \(Self.fileLengthBound) bytes"

    private static func content(of path: String) throws(NodeError) -> [UInt8] {
        // One byte over the bound, so that the parser refuses in its own words.
        try NodeError.wrapping { () throws(FileError) in
            try DurableFile.read(path, limit: Self.fileLengthBound + 1)
        }
    }

    private func lastIndex(of key: String) -> Int? {
        self.lines.lastIndex { $0.assignment?.key == key }
    }

    private mutating func set(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        guard ConfigurationScanner.isKey(key.utf8) else {
            throw ConfigurationError(path: self.path, line: nil, what: "'\(key)' cannot be the name of a parameter")
        }
        let index = self.lastIndex(of: key)
        guard !value.bytes.contains(UInt8(ascii: "\n")) else {
            throw ConfigurationError(
                path: self.path, line: index.map { $0 + 1 }, what: "the value of \(key) would have a newline")
        }
        guard let index, let old = self.lines[index].assignment else {
            return try self.append(key, value)
        }
        guard old.value != value else { return }
        var bytes = self.lines[index].bytes
        bytes.replaceSubrange(old.range, with: value.quoted)
        self.lines[index] = try self.line(bytes, number: index + 1)
    }

    private mutating func append(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        let newline = UInt8(ascii: "\n")
        let line = try self.line(Array("\(key)=".utf8) + value.quoted + [newline], number: self.lines.count + 1)
        if let last = self.lines.indices.last, self.lines[last].bytes.last != newline {
            self.lines[last].bytes.append(newline)
        }
        self.lines.append(line)
    }

    private func line(_ bytes: [UInt8], number: Int) throws(ConfigurationError) -> Line {
        do throws(ConfigurationScanner.Malformed) {
            let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
            return Line(bytes: bytes, assignment: try ConfigurationScanner.assignment(in: text))
        } catch {
            throw ConfigurationError(path: self.path, line: number, what: error.what)
        }
    }
}

/// `KEY="value"` as found in one line.
struct ConfigurationAssignment: Hashable, Sendable {
    let key: String
    let value: ConfigurationValue
    /// Where the value stands in the line, its quotes included.
    let range: Range<Int>
}

/// What is wrong with a configuration file, and in which line.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; `nil` if the file as a whole is meant.
    package let line: Int?
    /// A sentence without its full stop.
    package let what: String

    package init(path: String, line: Int?, what: String) {
        self.path = path
        self.line = line
        self.what = what
    }

    package var description: String {
        let place = self.line.map { "\(self.path):\($0)" } ?? self.path
        return "\(place): \(self.what)"
    }
}
