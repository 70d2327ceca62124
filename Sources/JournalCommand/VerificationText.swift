package import MigrationJournal
internal import ToolInformation

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
