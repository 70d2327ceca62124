internal import HostAccess

/// CRIU itself, asked what it can do on this server. Checkpoints and restores go through the container's runtime.
package struct Criu: Sendable {
    /// What `criu check --feature` can be asked for.
    package enum Feature: String, CaseIterable, Sendable {
        /// The kernel tells which pages were written since a mark (soft-dirty). It is the bit's presence, not a proof.
        case dirtyMemory = "mem_dirty_track"
        case userFaults = "uffd"
        case userFaultsAcrossFork = "uffd-noncoop"
        case timeNamespaces = "timens"
        case pagemapScan = "pagemap_scan"
        case networkLockNFTables = "network_lock_nftables"
    }

    private let program: String

    /// - Parameter program: a name or an absolute path.
    package init(program: String = "criu") {
        self.program = program
    }

    /// Such as `4.2.1`.
    package func version() throws(ContainerRuntimeError) -> String {
        let result = try self.run(["--version"])
        let line = result.outputText.split(separator: "\n").first { $0.hasPrefix("Version: ") }
        guard result.succeeded, let line else { throw self.failure("--version", result) }
        return String(line.dropFirst("Version: ".count))
    }

    /// Passes where this CRIU can work on this kernel.
    /// - Throws: with CRIU's first error and what it means.
    package func check() throws(ContainerRuntimeError) {
        let result = try self.run(["check"])
        guard result.succeeded else { throw self.failure("check", result) }
    }

    package func has(_ feature: Feature) throws(ContainerRuntimeError) -> Bool {
        try self.run(["check", "--feature", feature.rawValue]).succeeded
    }

    private func run(_ arguments: [String]) throws(ContainerRuntimeError) -> CommandResult {
        do {
            return try HostProgram.run(self.program, arguments, timeout: .seconds(30))
        } catch {
            throw ContainerRuntimeError(operation: self.program, containerID: "-", cause: error)
        }
    }

    private func failure(_ verb: String, _ result: CommandResult) -> ContainerRuntimeError {
        let log = CriuLog(text: result.outputText + result.errorText)
        return ContainerRuntimeError(
            operation: "\(self.program) \(verb)", containerID: "-", message: "\(self.program) \(result.status)",
            reason: log.reason, criuErrors: log.errors)
    }
}
