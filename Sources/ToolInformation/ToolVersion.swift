internal import Glibc

/// What this build of the programs is, and where they are.
package enum ToolVersion {
    package static let text = "0.1.0"

    /// The absolute path of vzmigrate-agent, which is installed beside the program that runs.
    package static var agentPath: String { "\(self.directory)/vzmigrate-agent" }

    private static var directory: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
