internal import Foundation
internal import TestSupport

/// A command that a document shows.
struct CommandLine {
    private let words: [String]

    /// Stands for a value in quotes, which is not looked at.
    private static let quoted = "…"

    /// Up to a comment or to another command.
    init(_ text: String) {
        let ends = text.replacing(/"[^"]*"|'[^']*'/, with: Self.quoted).split(separator: /(^|\s)[#|;&]/, maxSplits: 1)
        self.words = (ends.first ?? "").split(separator: " ").map(String.init)
            .drop { $0.contains(/^[A-Z_]+=/) }.map { $0 }
    }

    private init(words: [String]) { self.words = words }

    /// Its options without their values, also those in brackets.
    private var options: Set<String> {
        let words = self.words.dropFirst().map { $0.trimmingPrefix("[") }.filter { $0.hasPrefix("-") }
        return Set(words.map { String($0.prefix { $0.isLetter || $0.isNumber || $0 == "-" }) })
    }

    /// What of it does not exist.
    func mistakes() throws -> [String] {
        switch self.words.first ?? "" {
        case "vzmigrate", "vzmigrate-agent": try self.unknown(of: ["\(self.words[0]).8"])
        case "pmigrate": try self.unknown(of: ["pmigrate.8", "vzmigrate.8"])
        case "vzmigrate-journal":
            try self.unknown(of: ["vzmigrate-journal.8"])
                + self.words.dropFirst().prefix(1).filter { $0.first?.isLetter == true }
                .filter { try !ManualPage("vzmigrate-journal.8").subcommands.contains($0) }
        case "swift": Self.unknownFilters(self.words)
        case "tools/lab" where self.words.dropFirst().first == "run":
            try CommandLine(words: Array(self.words.dropFirst(3))).mistakes()
        case let tool where tool.hasPrefix("tools/"): try self.unknown(ofTool: tool)
        default: []
        }
    }

    private func unknown(of pages: [String]) throws -> [String] {
        self.options.subtracting(try pages.flatMap { try ManualPage($0).options }).sorted()
    }

    /// The tool has to be a program, and it or its parts have to say the option.
    private func unknown(ofTool tool: String) throws -> [String] {
        let place = SourceFile.repository.appending(path: tool).path
        // A folder, or what is read by others, stands alone in a document.
        guard FileManager.default.isExecutableFile(atPath: place) else {
            return self.words.count > 1 || !FileManager.default.fileExists(atPath: place) ? [tool] : []
        }
        let parts = (try? FileManager.default.contentsOfDirectory(atPath: "\(place).d")) ?? []
        let texts = try ([place] + parts.map { "\(place).d/\($0)" }).filter { !Self.isFolder($0) }
            .map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        return try self.options.filter { try !texts.contains(Regex("(^|[^a-z-])\($0)([^a-z-]|$)")) }.sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// What `--filter` and `--skip` name is a folder of tests or a file in one.
    private static func unknownFilters(_ words: [String]) -> [String] {
        let tests = SourceFile.repository.appending(path: "Tests").path
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: tests)) ?? []
        let known = Set(names.map { $0.split(separator: "/").last.map(String.init) ?? $0 })
        return zip(words, words.dropFirst()).filter { ["--filter", "--skip"].contains($0.0) }.map(\.1)
            .filter { $0 != Self.quoted && !known.contains($0) && !known.contains("\($0).swift") }
    }
}
