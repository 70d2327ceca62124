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

/// A check before the move that `--nodeps` can pass over, by the word that the option takes for it.
///
/// The first five are the manual's; the others are ours. What has no word here cannot be passed over: the container
/// would not arrive, or another one would be harmed.
package enum CheckKeyword: String, CaseIterable, Codable, Hashable, Sendable {
    case processor = "cpu_check"
    case diskSpace = "disk_space"
    case technologies
    case licence = "license"
    case rate
    case templates
    case addresses = "ip"
    case name
    case bindMounts = "bindmount"
    case scripts
    case clock
    case criuVersion = "criu_version"

    /// What is compared: the words of the manual page, which a test compares.
    package var meaning: String {
        switch self {
        case .processor: "architecture; with --online every processor feature that a process may have seen"
        case .diskSpace: "room for the private area, in bytes and inodes; with --online memory for its processes"
        case .technologies: "the words of TECHNOLOGIES, and with --online the version of control groups"
        case .licence: "status, expiry and number of containers of the destination's LICENSE_FILE"
        case .rate: "devices and classes of RATE, where TRAFFIC_SHAPING is on at the destination"
        case .templates: "OSTEMPLATE and TEMPLATES below the destination's TEMPLATE"
        case .addresses: "whether another container, or anybody on the bridge, has one of IP_ADDRESS"
        case .name: "whether another container has the same NAME"
        case .bindMounts: "directories outside of the private area that are mounted into the container"
        case .scripts: "mount and action scripts of the container, which do not travel"
        case .clock: "whether the two servers' clocks agree within five seconds"
        case .criuVersion: "with --online: whether CRIU at the destination is older"
        }
    }
}
