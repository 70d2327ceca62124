internal import Testing

@Suite("Files, functions and lines stay short enough to be read at once")
struct LengthTests {
    static let fileBound = 400
    static let functionBound = 70
    static let columnBound = 120

    @Test("No file is over 400 lines: look for the second noun in it")
    func files() throws {
        for file in try SourceFile.all(in: "Sources", "Tests") {
            #expect(file.lines.count <= Self.fileBound, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test("No line is over 120 columns")
    func columns() throws {
        for file in try SourceFile.all(in: "Sources", "Tests") {
            for (number, line) in file.lines.enumerated() where line.count > Self.columnBound {
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test("No function is over 70 lines: name its parts")
    func functions() throws {
        for file in try SourceFile.all(in: "Sources", "Tests") {
            for function in Self.functions(file) where function.length > Self.functionBound {
                Issue.record("\(file.path):\(function.line) is a function of \(function.length) lines")
            }
        }
    }

    /// The formatter puts the closing brace of a function into the column of its declaration.
    private static func functions(_ file: SourceFile) -> [(line: Int, length: Int)] {
        file.lines.enumerated().compactMap { number, line in
            let isDeclaration = line.contains("func ") || line.contains(" init(") || line.contains(" init?(")
            guard isDeclaration, !line.drop(while: { $0 == " " }).hasPrefix("//") else { return nil }
            let margin = String(line.prefix { $0 == " " })
            // What a protocol requires has no body.
            let last = line.hasSuffix("(") ? file.lines[number...].first { $0.hasPrefix(margin + ")") } : line
            guard last?.hasSuffix("{") == true else { return nil }
            guard let end = file.lines[number...].firstIndex(where: { $0 == margin + "}" }) else { return nil }
            return (number + 1, end - number + 1)
        }
    }
}
