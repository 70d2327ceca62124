internal import Foundation

/// A document for people, in Markdown.
struct Document: Sendable, CustomStringConvertible {
    /// Below the repository's folder, such as `docs/design.md`.
    let path: String
    /// Its lines outside of fenced blocks.
    private(set) var prose: [Substring] = []
    /// The lines of its blocks of commands, without prompts.
    private(set) var commandLines: [String] = []

    var description: String { self.path }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.repository.appending(path: path), encoding: .utf8)
    }

    /// Every document; those below `docs` are found, not listed.
    static func all() throws -> [Document] {
        let folder = SourceFile.repository.appending(path: "docs").path
        let below = try FileManager.default.subpathsOfDirectory(atPath: folder)
        let names = ["README.md", "CHANGELOG.md", "journal-schema/README.md"] + below.map { "docs/\($0)" }
        return try names.filter { $0.hasSuffix(".md") }.sorted().map { try Document($0) }
    }

    init(_ path: String) throws {
        self.path = path
        var language: Substring?
        for line in try Self.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                language = language == nil ? line.dropFirst(3) : nil
            } else if language == nil {
                self.prose.append(line)
            } else if language == "sh" || language == "console" {
                self.commandLines.append(String(line).replacing(#/^[a-z0-9]*[#$] /#, with: ""))
            }
        }
    }

    /// The texts between backticks.
    var spans: [String] {
        self.prose.joined(separator: " ").split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Where its links lead to within the repository, as they are written.
    var links: [String] {
        self.prose.joined(separator: "\n").matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
            .filter { !$0.contains("://") }
    }

    private var headings: [Substring] { self.prose.filter { $0.contains(#/^#+ /#) } }

    var titles: [Substring] { self.headings.filter { $0.hasPrefix("# ") } }

    /// What a link to one of its headings has after its `#`.
    var anchors: [String] {
        self.headings.map { heading in
            heading.drop { $0 == "#" }.dropFirst().lowercased()
                .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
                .replacing(" ", with: "-")
        }
    }
}
