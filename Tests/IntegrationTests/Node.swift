internal import Glibc

/// A server of the lab, or the client beside them.
enum Node: String, CustomStringConvertible {
    case node1
    case node2
    case client

    var description: String { self.rawValue }

    func start(_ words: [String]) throws -> Command {
        try Command(["\(Lab.repository)/tools/lab", "run", self.rawValue] + words)
    }

    @discardableResult
    func run(_ words: String...) throws -> CommandOutcome { try self.start(words).wait() }

    /// Runs a script of bash, whose `$1` and so on are the arguments.
    ///
    /// - Returns: what it printed.
    @discardableResult
    func shell(_ script: String, _ arguments: String...) throws -> String {
        let outcome = try self.start(["bash", "-c", script, "bash"] + arguments).wait()
        guard outcome.status == 0 else { throw LabError("\(self): \(script): \(outcome)") }
        return outcome.output
    }

    /// Where this machine finds a path below /vz or /var/lib/vzmigrate of the node.
    func disk(_ path: String) -> String {
        let state = "/var/lib/vzmigrate"
        let place = path.hasPrefix(state) ? "/state\(path.dropFirst(state.count))" : path
        return "\(Lab.home)/labs/\(Lab.id)/\(self.rawValue)\(place)"
    }

    func read(_ path: String) -> String? { readFile(self.disk(path)) }
    func exists(_ path: String) -> Bool { access(self.disk(path), F_OK) == 0 }

    /// The processes of the node by name, as this machine numbers them.
    func processes(named name: String) -> [pid_t] {
        processNumbers().filter { process in
            guard readFile("/proc/\(process)/comm") == name + "\n" else { return false }
            let groups = readFile("/proc/\(process)/cgroup") ?? ""
            return (groups + "/").split(separator: "\n").contains { ($0 + "/").contains("/\(Lab.id)-\(self)/") }
        }
    }

    /// The rows of the journal about a container's latest migration; none if there is none.
    func journal(of container: String) throws -> [JournalRow] {
        let outcome = try Command.run([
            "\(Lab.programs)/vzmigrate-journal", "show", container, "--db",
            self.disk("/var/lib/vzmigrate/journal.db"),
        ])
        return JournalRow.rows(of: outcome.output)
    }
}

/// A line of `vzmigrate-journal show`.
struct JournalRow {
    let kind: String
    let state: String
    let what: String

    static func rows(of text: String) -> [JournalRow] {
        let lines = text.split(separator: "\n")
        guard let head = lines.firstIndex(where: { $0.hasPrefix("SEQ ") }) else { return [] }
        let places = ["KIND", "STATE", "WHAT"].map { Self.place(of: $0, in: lines[head]) } + [10_000]
        return lines[(head + 1)...].map { line in
            let cells = zip(places, places.dropFirst()).map { start, end in
                String(line.dropFirst(start).prefix(end - start).reversed().drop { $0 == " " }.reversed())
            }
            return JournalRow(kind: cells[0], state: cells[1], what: cells[2])
        }
    }

    private static func place(of word: String, in line: Substring) -> Int {
        line.firstRange(of: word).map { line.distance(from: line.startIndex, to: $0.lowerBound) } ?? 0
    }
}

/// A file's text; `nil` where there is none.
func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var (bytes, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

private func processNumbers() -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var numbers: [pid_t] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let number = pid_t(name) { numbers.append(number) }
    }
    return numbers
}

/// Waits until something is so.
///
/// - Throws: after `seconds`, saying what was waited for.
func wait(_ seconds: Double = 20, for what: String, until isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !isSo() {
        guard ContinuousClock.now < end else { throw LabError("waited \(seconds) s in vain for \(what)") }
        usleep(2000)
    }
}
