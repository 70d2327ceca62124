internal import Foundation
internal import HandOver
internal import Journal
internal import Testing
internal import TestSupport

@Suite("What the documents name is there")
struct DocumentTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.repository.appending(path: path), encoding: .utf8)
    }

    /// Texts between backticks that name a place in this repository; a `<name>` or a `*` stands for anything.
    private static func paths(in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }
            .map { String($0.element.prefix { !$0.isWhitespace }) }
            .filter { path in ["Sources/", "Tests/", "tools/", "journal-schema/"].contains { path.hasPrefix($0) } }
            .filter { !$0.contains("<") && !$0.contains("*") }
    }

    @Test("Every path in a document exists", arguments: ["README.md", "journal-schema/README.md"])
    func paths(document: String) throws {
        for path in Self.paths(in: try Self.text(document)) {
            let place = SourceFile.repository.appending(path: path).path
            #expect(FileManager.default.fileExists(atPath: place), "\(document) names \(path)")
        }
    }

    @Test("journal-schema/events.md has a heading for every kind of event, and for no other")
    func eventKinds() throws {
        let headings = try Self.text("journal-schema/events.md").split(separator: "\n")
            .filter { $0.hasPrefix("### ") }.map { $0.dropFirst(4).filter { $0 != "`" } }
        let source = try SourceEvent.examples.map { try $0.body().kind }
        let destination = try DestinationEvent.examples.map { try $0.body().kind }
        #expect(Set(headings).symmetricDifference(source + destination).sorted() == [])
        #expect(Set(headings).count == headings.count, "a kind has one heading, which names both roles")
    }
}
