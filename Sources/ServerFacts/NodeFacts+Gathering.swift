package import AgentProtocol
package import ContainerHost
internal import ContainerRuntime
internal import Glibc

extension NodeFacts {
    /// What this server is.
    ///
    /// - Parameters:
    ///   - programs: of this server.
    ///   - criu: whether CRIU is asked for its version.
    package init(of programs: HostPrograms, criu: Bool) {
        self.init(
            architecture: Architecture.ofThisServer, processorFeatures: Processor.features(),
            technologies: Technologies.ofThisServer(), controlGroupVersion: ControlGroups.versionNumber,
            clock: Self.now, criuVersion: criu ? try? programs.criu.version() : nil)
    }

    /// Nanoseconds since 1970 by this server's clock.
    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What programs are compiled for.
package enum Architecture {
    /// As uname(2) says it.
    package static let ofThisServer: String = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()

    /// The kernel's release, which names the directory of its modules.
    static let kernelRelease: String = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()
}
