internal import Foundation
internal import Testing

/// One Swift file of this repository, with its lines.
struct SourceFile: Sendable {
    /// Below the repository's folder, such as `Sources/Host/Files/FileLock.swift`.
    let path: String
    let lines: [String]

    /// The module that it belongs to: those of the commands are called like their folder.
    var module: String {
        let parts = self.path.split(separator: "/").map(String.init)
        return parts[1] == "Commands" ? "\(parts[2])Command" : parts[1]
    }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file below the folders, sorted.
    static func all(in folders: String...) throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in folders {
            let root = self.repository.appending(path: folder).path
            let names = try #require(FileManager.default.enumerator(atPath: root), "\(folder) is not there")
            for case let name as String in names where name.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                files.append(SourceFile(path: "\(folder)/\(name)", lines: lines))
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    /// The modules that the file imports.
    var imports: [String] {
        self.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at <= 2, words[..<at].allSatisfy(Self.isModifier) else {
                return nil
            }
            return words.dropFirst(at + 1).last { !$0.hasPrefix("/") }.map { String($0.split(separator: ".")[0]) }
        }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        ["internal", "package", "private", "public", "fileprivate"].contains(word) || word.hasPrefix("@")
    }
}
