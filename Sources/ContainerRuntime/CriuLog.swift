internal import HostAccess

/// The errors of one run of CRIU, out of its log.
struct CriuLog {
    /// In bytes; what a longer log says after that is not looked at.
    private static let bound = 16 << 20
    /// Later errors only tell how the first ones were cleaned up.
    private static let errorBound = 5
    /// Errors that CRIU logs and then goes on from, as on any server without CAP_SYS_RESOURCE.
    private static let harmless = ["Can't setup RLIMIT_NOFILE for self", "Can't set ns_last_pid"]

    /// Without time stamps and positions in source files.
    let errors: [String]

    /// Empty where there is no log.
    init(path: String) {
        self.init(text: (try? SmallFile.text(path, bound: Self.bound)) ?? "")
    }

    init(text: String) {
        let lines = text.split(separator: "\n").lazy.compactMap(Self.message)
        let real = lines.filter { line in !Self.harmless.contains { line.contains($0) } }
        self.errors = Array(real.prefix(Self.errorBound))
    }

    /// One sentence for operators; `nil` where none of the errors is known.
    var reason: String? {
        for error in self.errors {
            if let known = CriuReason.all.first(where: { error.contains($0.words) }) { return known.sentence }
        }
        return nil
    }

    /// `(00.120927)      1: Error (criu/files-reg.c:2175): File counter has bad size 22` gives the last part.
    private static func message(_ line: Substring) -> String? {
        guard let start = line.firstRange(of: "Error (") else { return nil }
        let rest = line[start.upperBound...]
        guard let end = rest.firstRange(of: "): ") else { return String(rest) }
        return String(rest[end.upperBound...].prefix(300))
    }
}
