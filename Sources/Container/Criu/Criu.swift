internal import CLinux
internal import Glibc
internal import Host

/// CRIU itself, asked what it can do on this server. Checkpoints and restores go through the container's runtime.
package struct Criu: Sendable {
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

    /// What CRIU knows of this server's processor, for `objection(toProcessor:)` on another one.
    ///
    /// - Returns: empty where this CRIU has no such thing for the architecture.
    package func processorImage() throws(ContainerRuntimeError) -> [UInt8] {
        try self.withScratchDirectory { directory throws(ContainerRuntimeError) in
            let result = try self.run(["cpuinfo", "dump", "--images-dir", directory])
            guard result.succeeded else {
                if self.hasProcessorImages { throw self.failure("cpuinfo dump", result) }
                return []
            }
            return (try? SmallFile.read("\(directory)/\(Self.processorImageName)", bound: 1 << 20)) ?? []
        }
    }

    /// Why what was built for that processor may not run on this one, in CRIU's words; `nil` where it may.
    package func objection(toProcessor image: [UInt8]) throws(ContainerRuntimeError) -> String? {
        try self.withScratchDirectory { directory throws(ContainerRuntimeError) in
            do throws(SystemFailure) {
                let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                guard descriptor >= 0 else { throw SystemFailure(errno) }
                defer { close(descriptor) }
                try SmallFile.create(below: descriptor, Self.processorImageName, image, mode: 0o600)
            } catch {
                throw ContainerRuntimeError(
                    operation: "\(self.program) cpuinfo check", containerID: "-", message: "\(error)")
            }
            let result = try self.run(["cpuinfo", "check", "--images-dir", directory])
            guard !result.succeeded else { return nil }
            let words = CriuLog(text: result.outputText + result.errorText).errors
            return words.isEmpty ? "criu cpuinfo check \(result.status)" : words.joined(separator: "; ")
        }
    }

    private static let processorImageName = "cpuinfo.img"

    /// CRIU compares processors of these; on others it says only that it cannot.
    private var hasProcessorImages: Bool {
        #if arch(x86_64) || arch(powerpc64le) || arch(s390x)
            true
        #else
            false
        #endif
    }

    private func withScratchDirectory<Result>(
        _ body: (String) throws(ContainerRuntimeError) -> Result
    ) throws(ContainerRuntimeError) -> Result {
        var template = Array("/run/vzmigrate-cpuinfo.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else {
            throw ContainerRuntimeError(
                operation: self.program, containerID: "-",
                message: "no directory can be made in /run: \(SystemFailure(errno))")
        }
        let directory = String(cString: path)
        defer {
            unlink("\(directory)/\(Self.processorImageName)")
            rmdir(directory)
        }
        return try body(directory)
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

/// userfaultfd(2), without which CRIU dumps all content of pages itself.
package enum UserFaults {
    /// Whether this kernel has it, for privileged programs.
    package static let areThere = vz_has_user_faults() == 1
}
