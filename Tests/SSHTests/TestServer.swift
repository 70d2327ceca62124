internal import Foundation
internal import Glibc
@testable internal import SSH
internal import SystemPackage
internal import TestSupport

/// A real sshd on a loopback port of its own, with keys made for it; it ends with its owner.
final class TestServer: Sendable {
    let folder: TemporaryFolder
    let port: UInt16
    private let process: ChildProgram

    var key: FilePath { FilePath("\(self.folder.path)/user") }

    /// - Parameters:
    ///   - configuration: further lines of sshd_config, which count before those that are there anyway.
    ///   - sessionLimit: `MaxSessions`.
    ///   - accounts: which accounts there are beside this machine's own; `nil` for none, and no namespace.
    /// - Throws: why there is no server, with its log.
    init(configuration: String = "", sessionLimit: Int = 20, accounts: TestAccounts? = nil) throws {
        let folder = TemporaryFolder()
        self.folder = folder
        self.port = try Self.freePort()
        let path = folder.path
        for type in ["ed25519", "ecdsa"] {
            try runWell("ssh-keygen", "-q", "-t", type, "-N", "", "-f", "\(path)/host_\(type)")
        }
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(path)/user")
        try folder.write("authorized_keys", try folder.read("user.pub"))
        try folder.write(
            "sshd_config",
            """
            Port \(self.port)
            ListenAddress 127.0.0.1
            HostKey \(path)/host_ed25519
            HostKey \(path)/host_ecdsa
            AuthorizedKeysFile \(path)/authorized_keys
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            MaxStartups 100
            MaxSessions \(sessionLimit)
            UseDNS no
            \(configuration)
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            """)
        try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        let sshd = ["/usr/sbin/sshd", "-D", "-E", "\(path)/log", "-f", "\(path)/sshd_config"]
        self.process = ChildProgram(try accounts?.wrap(sshd, in: folder) ?? sshd)
        try folder.write("known_hosts", "[127.0.0.1]:\(self.port) \(try folder.read("host_ed25519.pub"))")
        try folder.write("hello", "#!/bin/sh\necho hello\n", mode: 0o755)
        try self.waitUntilListening()
    }

    deinit {
        self.process.end()
    }

    var destination: SSHDestination {
        SSHDestination(user: NSUserName(), host: "127.0.0.1", port: self.port)
    }

    var options: SSHOptions {
        var options = SSHOptions()
        options.timeout = .seconds(20)
        options.identityFiles = [self.key]
        options.knownHostsFiles = [FilePath("\(self.folder.path)/known_hosts")]
        options.agentSocket = ""
        options.terminal = "/nonexistent/terminal"
        return options
    }

    func connect(timeout: Duration = .seconds(20)) async throws -> SSHSession {
        var options = self.options
        options.timeout = timeout
        return try await SSHSession.connect(to: self.destination, options: options)
    }

    /// Makes a program in the server's folder, which `start` can name.
    func script(_ name: String, _ body: String) throws -> String {
        try self.folder.write(name, "#!/bin/bash\n\(body)\n", mode: 0o700)
    }

    private func waitUntilListening() throws {
        for _ in 0..<500 {
            if let descriptor = try? loopbackConnection(to: self.port) {
                Glibc.close(descriptor)
                return
            }
            usleep(10_000)
        }
        struct Deaf: Error { let log: String }
        throw Deaf(log: (try? self.folder.read("log")) ?? "no log")
    }

    static func freePort() throws -> UInt16 {
        let (descriptor, port) = try loopbackListener()
        Glibc.close(descriptor)
        return port
    }
}

/// Runs a program that must succeed and hands back what it printed.
@discardableResult
func runWell(_ words: String..., environment: [String] = []) throws -> String {
    struct Failed: Error { let result: ChildProgram.Result }
    let result = ChildProgram.run(words, environment: environment)
    guard result.status == 0 else { throw Failed(result: result) }
    return result.output
}

/// An ssh-agent without keys, once it answers.
func startAgent(at socket: String) -> ChildProgram {
    let agent = ChildProgram("ssh-agent", "-D", "-a", socket)
    // 2 where nobody answers, and 1 where there are no keys. See: man 1 ssh-add.
    while ChildProgram.run(["ssh-add", "-l"], environment: ["SSH_AUTH_SOCK=\(socket)"]).status == 2 { usleep(10_000) }
    return agent
}
