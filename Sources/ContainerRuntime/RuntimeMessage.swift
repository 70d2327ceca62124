/// What a runtime says in its log: runc in lines such as `time="..." level=error msg="criu failed: type DUMP errno 0"`,
/// crun in plain ones.
enum RuntimeMessage {
    /// The message of the last line of level error or worse; else the last line as it stands; `nil` where nothing was
    /// said.
    static func last(in log: String) -> String? {
        let lines = log.split(separator: "\n")
        let worst = lines.last { $0.contains("level=error") || $0.contains("level=fatal") }
        guard let line = worst ?? lines.last else { return nil }
        guard let start = line.firstRange(of: "msg=") else { return String(line) }
        let message = line[start.upperBound...]
        guard message.hasPrefix("\"") else { return String(message) }
        let unquoted = try? JSONValue(parsing: Array(message.utf8)).text
        return unquoted ?? String(message)
    }
}
