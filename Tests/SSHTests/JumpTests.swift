internal import Glibc
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("The system's ssh is a second transport of the same protocol", .timeLimit(.minutes(5)))
struct JumpTests {
    private let client: Client
    private let jump: TestServer

    init() throws {
        self.client = Client(of: try TestServer())
        self.jump = try TestServer()
    }

    private var folder: String { self.client.server.folder.path }

    /// A configuration in which `behind` is reached through the other sshd alone.
    private func configure(jumpKey: String? = nil, user: String? = nil) throws -> String {
        let (target, jump) = (self.client.server, self.jump)
        let account = target.destination.user
        let text = """
            Host hop
              HostName 127.0.0.1
              Port \(jump.port)
              User \(user ?? account)
              IdentityFile \(jumpKey ?? "\(jump.folder.path)/user")
              UserKnownHostsFile \(jump.folder.path)/known_hosts
            Host behind
              HostName 127.0.0.1
              Port \(target.port)
              User \(account)
              IdentityFile \(self.folder)/user
              UserKnownHostsFile \(self.folder)/known_hosts
            Host *
              IdentityAgent none
              IdentitiesOnly yes
            """
        return try target.folder.write("jump", text)
    }

    @Test("-J goes through another sshd, which is said once", .enabled(if: TestUser.isRoot, "needs root"))
    func jumps() async throws {
        let file = try self.configure()
        let base = self.client.base
        let client = SSHClient(to: "behind", commandLine: "-F \(file) -J hop", base: base)
        for _ in 1...2 {
            let transport = try await client.connect()
            let program = try await transport.start(program: "cat")
            async let sent: Void = program.input.sendAndClose(8 << 20, seed: 5)
            let got = try await program.output.receive(seed: 5)
            try await sent
            #expect(got.count == 8 << 20)
            #expect(got.firstWrong == nil)
            #expect(await program.exit() == .exited(status: 0))
            await transport.close()
        }
        #expect(
            self.client.lines.filter { $0.contains("goes through") && $0.contains("ProxyJump (-J in --ssh)") }.count
                == 1)
        let log = try self.jump.folder.read("log")
        #expect(log.contains("Accepted publickey"), "\(log)")
    }

    @Test("ProxyJump and ProxyCommand in a file", .enabled(if: TestUser.isRoot, "needs root"))
    func file() async throws {
        let file = try self.configure()
        let text = try runWell("cat", file)
        let user = self.client.server.destination.user
        for line in ["ProxyJump hop", "ProxyCommand ssh -F \(file) -W %h:%p hop"] {
            let path = try self.client.server.folder.write("proxy", "Host behind\n  \(line)\n\(text)")
            let outcome = try await self.client.outcome("-F \(path)", to: "\(user)@behind")
            #expect(outcome.value == "hello\n", "\(line): \(outcome)")
        }
    }

    @Test("Neither -n nor a file takes the program's input away", .enabled(if: TestUser.isRoot, "needs root"))
    func input() async throws {
        let path = try self.configure()
        try self.client.server.folder.write(
            "jump",
            """
            \(try runWell("cat", path))
              StdinNull yes
              SessionType none
              ForkAfterAuthentication yes
              Tunnel yes
            """)
        let client = SSHClient(to: "behind", commandLine: "-F \(path) -n -J hop", base: self.client.base)
        let transport = try await client.connect()
        let program = try await transport.start(program: "cat")
        try program.input.writeAll("there".utf8)
        try program.input.close()
        #expect(try await program.output.text() == "there")
        #expect(await program.exit() == .exited(status: 0))
        await transport.close()
    }

    @Test("A jump that refuses, is not there or is not known is said in ssh's words")
    func refused() async throws {
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/other")
        let wrong = try await self.client.outcome(
            "-F \(try self.configure(jumpKey: "\(self.folder)/other")) -J hop", to: "behind")
        #expect(wrong.error?.kind == .authenticationRefused, "\(wrong)")
        #expect(wrong.error?.cause.contains("Permission denied") == true, "\(wrong)")
        let gone = try await self.client.outcome("-F \(try self.configure()) -J no-such-host.invalid", to: "behind")
        #expect(gone.error?.kind == .unreachable, "\(gone)")
        #expect(gone.error?.cause.contains("no-such-host.invalid") == true, "\(gone)")
        try self.jump.folder.write("known_hosts", "# nobody\n")
        let unknown = try await self.client.outcome("-F \(try self.configure()) -J hop", to: "behind")
        #expect(unknown.error?.kind == .hostKeyRefused, "\(unknown)")
    }

    @Test(
        "A program that is missing, fails or is closed shows as on a connection of ours",
        .enabled(if: TestUser.isRoot, "needs root"))
    func exits() async throws {
        let client = SSHClient(to: "behind", commandLine: "-F \(try self.configure()) -J hop", base: self.client.base)
        let transport = try await client.connect()
        let missing = try await transport.start(program: "no-such-program")
        try missing.input.close()
        #expect(try await missing.output.text().isEmpty)
        #expect(await missing.exit().isProgramMissing)
        #expect(missing.standardErrorTail.contains("no-such-program"))
        let failing = try await transport.start(
            program: try self.client.server.script("fail", "wc -c; echo no >&2; exit 3"))
        try failing.input.writeAll("12345".utf8)
        try failing.input.close()
        #expect(try await failing.output.text() == "5\n")
        #expect(await failing.exit() == .exited(status: 3))
        #expect(failing.standardErrorTail == "no\n")
        let closed = try await transport.start(program: "cat")
        closed.close()
        guard case .lost(let error) = await closed.exit() else { throw Errno.badAddress }
        #expect(error.kind == .closed)
        #expect(try await closed.output.text().isEmpty)
        #expect(throws: Errno.brokenPipe) { try closed.input.writeAll([1]) }
        try closed.input.close()
        await #expect { try await transport.start(["a;b"]) } throws: { ($0 as? HostError)?.kind == .programRefused }
        let ended = try await transport.start(program: try self.client.server.script("end", "exit 7"))
        try ended.input.close()
        #expect(try await ended.output.text().isEmpty)
        #expect(await ended.exit(within: .seconds(20)) == .exited(status: 7))
        let idle = try await transport.start(program: "cat")
        guard case .lost(let late) = await idle.exit(within: .milliseconds(50)) else { throw Errno.badAddress }
        #expect(late.kind == .closed)
        for descriptor in [idle.input, idle.output] { try descriptor.close() }
        let last = try await transport.start(program: "cat")
        await transport.close()
        guard case .lost(let end) = await last.exit() else { throw Errno.badAddress }
        #expect(end.kind == .closed)
        for descriptor in [last.input, last.output] { try descriptor.close() }
    }
}
