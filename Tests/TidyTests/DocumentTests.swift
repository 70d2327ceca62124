internal import Foundation
internal import HandOver
internal import Journal
internal import Testing
internal import TestSupport

@Suite("What the documents name is there")
struct DocumentTests {
    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: SourceFile.repository.appending(path: path).path)
    }

    /// Words that name a place in this repository; a `<name>` or a `*` stands for anything.
    private static func paths(in texts: [String]) -> [Substring] {
        texts.flatMap { $0.split(separator: " ") }
            .filter { word in
                ["Sources/", "Tests/", "tools/", "journal-schema/", "docs/"].contains { word.hasPrefix($0) }
            }
            .filter { !$0.contains("<") && !$0.contains("*") }
    }

    @Test("Every path in a document exists", arguments: try Document.all())
    func paths(document: Document) {
        for path in Self.paths(in: document.spans + document.commandLines) {
            #expect(Self.exists(String(path)), "\(document) names \(path)")
        }
    }

    @Test("Every link leads to a document, and to a heading in it", arguments: try Document.all())
    func links(document: Document) throws {
        for link in document.links {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let folder = URL(filePath: "/\(document.path)").deletingLastPathComponent()
            let path =
                parts[0].isEmpty
                ? document.path : String(folder.appending(path: parts[0]).standardized.path.dropFirst())
            try #require(Self.exists(path), "\(document) links to \(link)")
            if parts.count == 2 { #expect(try Document(path).anchors.contains("\(parts[1])"), "\(document): \(link)") }
        }
    }

    @Test("Every command in a document has a program that takes its options", arguments: try Document.all())
    func commands(document: Document) throws {
        for line in document.commandLines + document.spans {
            #expect(try CommandLine(line).mistakes() == [], "\(document): \(line)")
        }
    }

    @Test("Every example in a manual page is a command that there is", arguments: ManualPage.names)
    func examples(page: String) throws {
        for line in try ManualPage(page).examples { #expect(try CommandLine(line).mistakes() == [], "\(line)") }
    }

    @Test("tools/test names suites that there are")
    func suites() throws {
        for line in try Document.text("tools/test").split(separator: "\n") {
            #expect(try CommandLine("swift \(line)").mistakes() == [])
        }
    }

    @Test("A document has one title, its first line", arguments: try Document.all())
    func titles(document: Document) {
        #expect(document.titles.count == 1 && document.titles.first == document.prose.first)
    }

    @Test("README.md is read in five minutes, and leads to every other document")
    func readme() throws {
        #expect(try Document.text("README.md").utf8.count <= 9216)
        let links = Set(try Document("README.md").links.map { String($0.prefix { $0 != "#" }) })
        #expect(try Document.all().map(\.path).filter { $0 != "README.md" && !links.contains($0) } == [])
    }

    @Test("journal-schema/events.md has a heading for every kind of event, and for no other")
    func eventKinds() throws {
        let headings = try Document.text("journal-schema/events.md").split(separator: "\n")
            .filter { $0.hasPrefix("### ") }.map { $0.dropFirst(4).filter { $0 != "`" } }
        let source = try SourceEvent.examples.map { try $0.body().kind }
        let destination = try DestinationEvent.examples.map { try $0.body().kind }
        #expect(Set(headings).symmetricDifference(source + destination).sorted() == [])
        #expect(Set(headings).count == headings.count, "a kind has one heading, which names both roles")
    }
}
