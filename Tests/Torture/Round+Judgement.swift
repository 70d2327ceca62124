internal import LabSupport

extension Round {
    /// Everything that is not as it should be once all has come to its end, a sentence each.
    func judge() throws -> [String] {
        let states = (source: try self.state(on: .node1), destination: try self.state(on: .node2))
        guard let home = Self.home(states) else {
            return ["the journals do not agree: \(states.source ?? "-") and \(states.destination ?? "-")"]
        }
        let other: Node = home == .node1 ? .node2 : .node1
        var sentences = try self.misreports(home)
        sentences += try self.point.kind == .stopped ? self.judgeStopped(home) : self.judgeRunning(home, other)
        sentences += try self.named("left on \(home)", self.container.leftovers(on: home))
        sentences += try self.named("left on \(other)", self.container.traces(on: other))
        for node in [Node.node1, .node2] {
            sentences += try self.named("left on \(node)", self.container.systemLeftovers(on: node))
            let outcome = try node.verifyJournal()
            if outcome.status != 0 || !outcome.output.contains("chain intact") {
                sentences.append("the journal of \(node): \(outcome)")
            }
        }
        sentences += try self.named("a recovery after all has ended", self.secondRecovery())
        return sentences
    }

    /// The container is moved away from where it is now; a sentence if that fails.
    func judgeNextMove() throws -> [String] {
        let (from, to): (Node, Node) = try self.state(on: .node1) == "completed" ? (.node2, .node1) : (.node1, .node2)
        let words = ["vzmigrate"] + self.point.kind.options + ["\(to)", self.container.id]
        let outcome = try from.start(words).wait()
        guard outcome.status == 0 else { return ["it cannot be moved from \(from) to \(to) afterwards: \(outcome)"] }
        return try self.point.kind == .stopped ? self.judgeStopped(to) : self.judgeRunning(to, from)
    }

    private func named(_ name: String, _ words: String) -> [String] {
        words.isEmpty ? [] : ["\(name): \(words.split(separator: "\n").joined(separator: ", "))"]
    }

    /// Where the container is by both journals; `nil` if they differ.
    private static func home(_ states: (source: String?, destination: String?)) -> Node? {
        switch states {
        case (nil, nil), ("rolledBack", nil), ("rolledBack", "aborted"): .node1
        case ("completed", "completed"): .node2
        default: nil
        }
    }

    /// What vzmigrate itself said of the end has to be the end.
    private func misreports(_ home: Node) throws -> [String] {
        guard let outcome = self.outcome, outcome.status != 80 else { return [] }
        let says =
            outcome.status == 0
            ? outcome.output.contains("on node2 (") : outcome.complaint.contains("it is on node2 for good")
        let isRight = home == .node2 ? says : outcome.status != 0 && !says
        return isRight ? [] : ["it is on \(home), and vzmigrate said: \(outcome)"]
    }

    private func judgeStopped(_ home: Node) throws -> [String] {
        var sentences: [String] = []
        for node in [Node.node1, .node2] {
            if let status = try self.container.status(on: node) { sentences.append("\(node) has it \(status)") }
        }
        let configuration = try self.container.configuration(on: home)
        let hasBundle = home.exists("\(self.container.area)/config.json")
        if configuration.isEmpty || configuration.contains("DISABLED") || !hasBundle {
            sentences.append("it is not whole on \(home): \(hasBundle ? "" : "no config.json; ")\(configuration)")
        }
        return sentences
    }

    private func judgeRunning(_ home: Node, _ other: Node) throws -> [String] {
        var sentences: [String] = []
        let status = try self.container.status(on: home)
        if status != "running" { sentences.append("on \(home) it is \(status ?? "unknown to runc")") }
        if let status = try self.container.status(on: other) { sentences.append("on \(other) it is \(status) too") }
        guard status == "running" else { return sentences }
        if !self.container.counts(on: home) { sentences.append("on \(home) it does not get on") }
        return try sentences + self.judgeMemory(home)
    }

    private func judgeMemory(_ home: Node) throws -> [String] {
        var (stat, sum): ([String: String], [String: String]) = ([:], [:])
        do {
            (stat, sum) = (try self.container.ask("stat"), try self.container.ask("sum"))
        } catch {
            return ["it does not answer: \(error)"]
        }
        var sentences: [String] = []
        if sum["bad_words"] != "0" { sentences.append("its memory is not what it wrote: \(sum)") }
        let isSame = stat["token"] == self.token
        if self.point.kind.isLive, !isSame, try !self.mayHaveLostItsMemory(home) {
            sentences.append("it was started anew: token \(stat["token"] ?? "-"), was \(self.token ?? "-")")
        }
        // It may have been lost once, and not once more when the container moves again.
        self.token = stat["token"]
        self.mayLoseMemory = false
        return sentences
    }

    /// Where it is, the power was lost; or memory that followed was, and both that and who decided it is on record.
    private func mayHaveLostItsMemory(_ home: Node) throws -> Bool {
        guard self.mayLoseMemory else { return false }
        if self.point.fault.empties(home) { return true }
        guard home == .node2, self.point.kind.isLazy else { return false }
        let rows = try Node.node2.journal(of: self.container.id)
        let isDecided = rows.contains { row in
            row.kind == "pages.lost.for.good" || row.kind == "outcome.assumed" && row.what.contains("committed")
        }
        return isDecided && rows.contains { $0.kind == "resumed" && $0.what.contains("memoryLost=true") }
    }
}

extension TestContainer {
    /// Mounts, firewall rules and the like that CRIU or we made and did not take away.
    fileprivate func systemLeftovers(on node: Node) throws -> String {
        try node.shell(
            """
            grep -E 'criu|/run/vzmigrate|crtools' /proc/self/mountinfo
            nft list ruleset 2>/dev/null | grep -i criu
            if [ -e /run/netns/ct$1 ]; then
                ip netns exec ct$1 nft list ruleset | grep -i criu
                ip netns exec ct$1 iptables-save 2>/dev/null | grep -i criu
            fi
            ls -d /run/runc/*/criu-root 2>/dev/null
            exit 0
            """, self.id)
    }
}

extension Node {
    fileprivate func verifyJournal() throws -> CommandOutcome {
        try Command.run([
            "\(Lab.programs)/vzmigrate-journal", "verify", "--db", self.disk("/var/lib/vzmigrate/journal.db"),
        ])
    }
}
