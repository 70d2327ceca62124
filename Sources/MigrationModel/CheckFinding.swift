/// One thing that a check before the move has found to be in the way.
package struct CheckFinding: Codable, Hashable, Sendable {
    /// By which `--nodeps` passes over it; `nil` where nothing does.
    package let keyword: CheckKeyword?
    package let status: ExitStatus
    /// What was compared, or, where there is nothing to compare, what is wrong.
    package let what: String
    /// The value on the source, and that at the destination; `nil` where `what` says it all.
    package let here: String?
    package let there: String?
    /// What to do about it; `nil` where `what` says that too.
    package let remedy: String?

    package init(
        _ keyword: CheckKeyword?, _ status: ExitStatus, _ what: String, here: String? = nil, there: String? = nil,
        remedy: String? = nil
    ) {
        self.keyword = keyword
        self.status = status
        self.what = what
        self.here = here
        self.there = there
        self.remedy = remedy
    }

    /// One sentence for an operator.
    package var sentence: String {
        let values = [self.here.map { "\($0) here" }, self.there.map { "\($0) there" }].compactMap { $0 }
        var sentence = values.isEmpty ? self.what : "\(self.what): \(values.joined(separator: ", "))"
        if let remedy = self.remedy { sentence += "; \(remedy)" }
        return self.keyword.map { "\(sentence) (--nodeps=\($0.rawValue) passes over it)" } ?? sentence
    }
}

extension StepFailure {
    /// The failure of all checks together: the first one's status, and the sentences of all; `nil` for none.
    package init?(_ findings: [CheckFinding]) {
        guard let first = findings.first else { return nil }
        guard findings.count > 1 else {
            self.init(first.status, first.sentence)
            return
        }
        let lines = findings.map { "\n  \($0.sentence)" }.joined()
        self.init(first.status, "\(findings.count) checks failed:\(lines)")
    }
}
