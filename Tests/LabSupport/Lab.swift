internal import Glibc

/// tools/lab, under names and addresses of its own, so that it stands beside a lab that somebody plays with.
package enum Lab {
    package static let isWanted = Self.variable("VZMIGRATE_LAB") != nil
    package static let id = Self.variable("VZLAB_ID") ?? "vzit"
    package static let network = Self.variable("VZLAB_NET") ?? "10.79"
    package static let home = Self.variable("VZLAB") ?? "/var/tmp/vzlab"
    package static let repository = Self.realPath(#filePath).split(separator: "/").dropLast(3)
        .reduce("") { "\($0)/\($1)" }
    package static let programs = "\(Self.repository)/.build/release"

    package static func up() throws {
        setenv("VZLAB_ID", self.id, 1)
        setenv("VZLAB_NET", self.network, 1)
        try self.require("down")
        try self.require("up")
        try AppendStop.install()
    }

    package static func down() throws { try self.require("down") }

    /// A verb of tools/lab, run to its end.
    @discardableResult
    package static func require(_ words: String...) throws -> CommandOutcome {
        let outcome = try Command.run(["\(self.repository)/tools/lab"] + words)
        guard outcome.status == 0 else {
            throw LabError("tools/lab \(words.joined(separator: " ")): \(outcome)")
        }
        return outcome
    }

    private static func realPath(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
