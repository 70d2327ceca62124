internal import Glibc

/// What this build of the programs is, and where they are.
package enum ToolVersion {
    package static let text = "0.1.0"

    /// What `--version` says. `protocolVersion` is that of what the two servers speak with each other, `nil` for a
    /// program that speaks with nobody.
    package static func line(of program: String, protocolVersion: Int?, journalSchema: Int) -> String {
        let conversation = protocolVersion.map { "protocol \($0), " } ?? ""
        return "\(program) \(self.text) (\(conversation)journal schema \(journalSchema))"
    }

    /// The absolute path of vzmigrate-agent, which is installed beside the program that runs.
    package static var agentPath: String { self.path(of: "vzmigrate-agent") }

    /// The absolute path of vzmigrate, which may be the program that runs.
    package static var migratePath: String { self.path(of: "vzmigrate") }

    /// Where a program is that was installed beside the one that runs.
    private static func path(of program: String) -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/\(program)"
    }
}
