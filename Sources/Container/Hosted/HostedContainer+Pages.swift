internal import Glibc
internal import Host
package import Transfer

/// Post-copy at the destination.
extension HostedContainer {
    /// Where those who bring it meet.
    package var pages: PagesDirectory { PagesDirectory("\(self.runDirectory)/following") }

    /// Starts who answers the page faults of what is restored from `imagesDirectory`, and returns when it listens.
    ///
    /// - Parameter agent: the path of vzmigrate-agent, which it is a part of.
    /// - Throws: where it ends at once.
    package func startPageDaemon(agent: String) throws(HostingError) {
        try HostingError.wrapping(.checkpoint) {
            try DurableFile.makeDirectories(self.pages.path, mode: 0o700)
            let group = self.bundle.controlGroupPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
            let victim = IncomingTasks(container: self.runtimeID, controlGroup: group)
            let number = try HostProgram(
                agent, [PageProgram.daemon.rawValue, self.pages.path, self.imagesDirectory] + victim.arguments
            ).detach()
            guard let daemon = HostProcess(number) else { throw SystemFailure(ESRCH) }
            while try self.pages.state() != .serving {
                // A child that has ended stays until somebody asks for its status.
                guard !daemon.waitUntilGone(.milliseconds(2)) else {
                    throw HostingError(
                        .checkpoint, "the page daemon of CT \(self.id) ended at once; see the system log")
                }
            }
        }
    }
}

/// What of vzmigrate-agent brings memory after a container: the first word of its command line.
package enum PageProgram: String, CaseIterable {
    /// Directory, images, and then as `IncomingTasks` has it.
    case daemon = "page-daemon"
    /// Directory, and then as `IncomingTasks` has it.
    case guardian = "page-guard"
}

/// The tasks of a container that was restored here, known by what the runtime and config.json call them.
package struct IncomingTasks: Hashable, Sendable {
    let container: String
    /// An absolute path; `nil` where config.json names none.
    let controlGroup: String?

    init(container: String, controlGroup: String?) {
        self.container = container
        self.controlGroup = controlGroup
    }

    /// Out of the last words of a command line; `nil` where they are none.
    package init?(_ arguments: some Sequence<String>) {
        let words = Array(arguments)
        guard (1...2).contains(words.count) else { return nil }
        self.init(container: words[0], controlGroup: words.count == 2 ? words[1] : nil)
    }

    package var arguments: [String] { [self.container] + [self.controlGroup].compactMap { $0 } }

    /// Ends all of them, and returns when none is left.
    ///
    /// - Parameter node: knows the runtime.
    /// - Throws: where one of them does not die.
    package func end(on node: HostPrograms) throws {
        if let group = self.controlGroup { try ControlGroups.destroyTasks(in: group, timeout: .seconds(60)) }
        try node.runtime(named: "runc").freezer(self.container)?.destroyTasks(timeout: .seconds(60))
    }
}
