internal import ArgumentParser
internal import Host
package import Journal

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that nothing was altered.",
        discussion: """
            A journal that lost its end looks like one that never had it. Witnesses tell them apart: the other \
            server's journal, and the "anchor" lines in syslog.
            """)

    @OptionGroup var journal: JournalOptions

    @Option(help: "A head that syslog recorded, as NUMBER:HASH. Also several times.")
    var anchor: [String] = []

    @Option(help: "A peer's journal, or a copy: what it recorded of this one must be here. Also several times.")
    var peerDB: [String] = []

    func run() throws {
        let witnesses = try self.anchors()
        let reader = try self.journal.open()
        do {
            let version = try reader.schemaVersion()
            guard version <= Int64(JournalSchema.version) else {
                throw JournalError.schemaNewer(
                    path: reader.path, found: version, known: Int64(JournalSchema.version))
            }
            let result = try reader.verify(witnesses: try witnesses + self.peersWitness(of: reader))
            try StandardOutput.write(VerificationText.text(result))
            let status = VerificationText.status(result)
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let error as JournalError { throw JournalFailure(error) }
    }

    private func anchors() throws(JournalFailure) -> [ChainHead] {
        var heads: [ChainHead] = []
        for text in self.anchor {
            guard let head = ChainHead(parsing: text) else {
                throw JournalFailure(.usage, "'\(text)' is not an anchor: a number, a colon and 64 hexadecimal digits.")
            }
            heads.append(head)
        }
        return heads
    }

    private func peersWitness(of reader: JournalReader) throws(JournalError) -> [ChainHead] {
        var heads: [ChainHead] = []
        if self.peerDB.isEmpty { return heads }
        let own = try reader.journal()
        for path in self.peerDB {
            heads += try JournalReader(path: path).heads(ofPeer: own)
        }
        return heads
    }
}

/// What `verify` prints, and how it ends.
package enum VerificationText {
    package static func text(_ result: VerificationResult) -> String {
        let events = "\(result.eventCount) event\(result.eventCount == 1 ? "" : "s")"
        let remarks = result.remarks.map { "note: \(TerminalText.escaped($0))\n" }.joined()
        guard result.isIntact else {
            let lines = (result.findings + result.contradictions).map { TerminalText.escaped($0.description) + "\n" }
            return remarks + lines.joined()
                + "\(events), NOT intact: \(lines.count) finding\(lines.count == 1 ? "" : "s").\n"
        }
        let erased = result.erasedPrivateCount
        let suffix = erased == 0 ? "" : ", \(erased) private part\(erased == 1 ? "" : "s") erased"
        return remarks + "\(events), chain intact, head \(result.head)\(suffix)\n"
    }

    package static func status(_ result: VerificationResult) -> ExitStatus {
        if !result.findings.isEmpty { return .chainBroken }
        return result.contradictions.isEmpty ? .success : .truncated
    }
}
