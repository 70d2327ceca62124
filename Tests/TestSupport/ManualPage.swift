internal import Foundation

/// One of the manual pages that are installed, in mdoc. See: man 7 groff_mdoc.
package struct ManualPage: Sendable {
    package static let names = ["pmigrate.8", "vz.conf.5", "vzmigrate-agent.8", "vzmigrate-journal.8", "vzmigrate.8"]

    /// This repository's folder of what `tools/install` installs.
    package static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "tools/install.d").path

    private let lines: [Substring]

    package init(_ name: String) throws {
        self.lines = try String(contentsOfFile: Self.path(of: name), encoding: .utf8).split(separator: "\n")
    }

    package static func path(of name: String) -> String { "\(self.folder)/man/\(name)" }

    /// The options that have an item, such as `--online`.
    package var options: Set<String> {
        var options: Set<String> = []
        for line in self.lines where line.hasPrefix(".It Fl ") {
            let words = line.split(separator: " ")
            for (word, next) in zip(words, words.dropFirst()) where word == "Fl" { options.insert("-\(next)") }
        }
        return options
    }

    /// What the items of a section begin with, without `.It`.
    package func items(ofSection section: String) -> [String] {
        self.lines.drop { $0 != ".Sh \(section)" }.dropFirst().prefix { !$0.hasPrefix(".Sh ") }
            .filter { $0.hasPrefix(".It ") }.map { String($0.dropFirst(4)) }
    }

    /// What the page calls the program's subcommands.
    package var subcommands: [String] {
        self.items(ofSection: "DESCRIPTION").filter { $0.hasPrefix("Cm ") }
            .map { String($0.split(separator: " ")[1]) }
    }

    /// The commands of its examples, without their prompts.
    package var examples: [String] {
        self.lines.filter { $0.hasPrefix(".Dl # ") }.map { String($0.dropFirst(6)).replacing("\\(dq", with: "\"") }
    }

    /// What the items of the whole page begin with that have one macro, such as `Va`, and one word; the words.
    package func words(ofItems macro: String) -> Set<String> {
        Set(self.lines.filter { $0.hasPrefix(".It \(macro) ") }.map { String($0.dropFirst(5 + macro.count)) })
    }

    /// The text of an item, on one line.
    package func text(ofItem item: String, inSection section: String) -> String {
        self.lines.drop { $0 != ".Sh \(section)" }.drop { $0 != ".It \(item)" }.dropFirst()
            .prefix { !$0.hasPrefix(".") }.joined(separator: " ")
    }

    /// The line of an item that begins with `Status`; its numbers.
    package func statuses(ofItem item: String, inSection section: String) -> Set<Int32> {
        let line = self.lines.drop { $0 != ".Sh \(section)" }.drop { $0 != ".It \(item)" }.dropFirst()
            .prefix { !$0.hasPrefix(".It ") }.first { $0.hasPrefix("Status ") }
        return Set((line ?? "").split { !$0.isNumber }.compactMap { Int32($0) })
    }
}

/// What `--help` says, taken apart.
package enum HelpText {
    /// The options that are listed, such as `--online`.
    package static func options(in help: String) -> Set<String> {
        var options: Set<String> = []
        for line in help.split(separator: "\n") where line.hasPrefix("  -") {
            let text = String(line.dropFirst(2))
            let label = text.prefix(upTo: text.firstRange(of: "  ")?.lowerBound ?? text.endIndex)
            for word in label.split(whereSeparator: { " ,".contains($0) }) where word.hasPrefix("-") {
                options.insert(String(word))
            }
        }
        return options
    }
}

extension String {
    /// As a sentence of a manual page.
    package var asSentence: String { self.prefix(1).uppercased() + self.dropFirst() + "." }
}
