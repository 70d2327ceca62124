internal import Glibc

/// What this build of the programs is, and where they are.
package enum ToolVersion {
    package static let text = "0.1.0"

    /// The absolute path of vzmigrate-agent, which is installed beside the program that runs.
    package static var agentPath: String {
        self.programPath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/vzmigrate-agent"
    }

    /// The absolute path of the program that runs.
    package static var programPath: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        return String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
