@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("What ssh says on standard error is bounded, and its last word says why it ended", .timeLimit(.minutes(5)))
struct ComplaintTests {
    private func pieces(of chunks: [String]) -> (taken: [String], rest: String) {
        var lines = ComplaintLines()
        var taken: [String] = []
        for chunk in chunks { lines.add(Array(chunk.utf8)[...]) { taken.append(String(decoding: $0, as: UTF8.self)) } }
        return (taken, String(decoding: lines.rest, as: UTF8.self))
    }

    @Test("Lines are put together and cut, whatever the pieces are")
    func lines() {
        #expect(self.pieces(of: ["a", "b\r", "\nc\n\nd"]) == (["ab\n", "c\n", "\n"], "d"))
        #expect(self.pieces(of: ["a\r\nb\r"]) == (["a\n"], "b\r"))
    }

    @Test("A line that never ends is handed on in pieces")
    func endless() {
        let chunk = String(repeating: "x", count: 10_000)
        let (taken, rest) = self.pieces(of: Array(repeating: chunk, count: 1000) + ["\n"])
        #expect(taken.joined().utf8.count + rest.utf8.count == 10_000_001)
        #expect(taken.allSatisfy { $0.utf8.count <= ComplaintLines.bound + 10_000 })
        #expect(rest.utf8.count <= ComplaintLines.bound)
    }

    @Test(
        "The last line counts, and behind a farewell the one before",
        arguments: [
            (["client_loop: send disconnect: Broken pipe"], HostError.Kind.connectionLost),
            (["Read from remote host 10.0.0.1: Connection reset by peer"], .connectionLost),
            (["login: Permission denied", "client_loop: send disconnect: Broken pipe"], .connectionLost),
            (["Permission deniedclient_loop: send disconnect: Connection reset"], .connectionLost),
            (["login: Permission denied", "Connection to 10.0.0.1 closed by remote host."], .connectionLost),
            (["login: Permission denied", "Timeout, server 10.0.0.1 not responding."], .timedOut),
            (["root@10.0.0.1: Permission denied (publickey)."], .authenticationRefused),
            (["login: Permission denied"], .unreachable),
            (
                ["root@hop: Permission denied (publickey).", "Connection closed by UNKNOWN port 65535"],
                .authenticationRefused
            ),
            (
                [
                    "Host key verification failed.", "kex_exchange_identification: Connection closed by remote host",
                    "Connection closed by UNKNOWN port 65535",
                ], .hostKeyRefused
            ),
            (
                [
                    "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures",
                    "Disconnected from 10.0.0.1 port 22",
                ], .authenticationRefused
            ),
            (
                ["/c: line 3: Bad configuration option: x", "/c: terminating, 1 bad configuration options"],
                .optionsRefused
            ),
            (["ssh: connect to host 10.0.0.1 port 22: Connection refused"], .unreachable), ([], .unreachable),
        ])
    func kinds(lines: [String], kind: HostError.Kind) {
        #expect(SSHProcess.kind(of: lines) == kind)
    }

    /// A program that runs through the system's `ssh` and a proxy, which lives as long as its owner.
    private func start(_ script: String, _ secrets: TypedSecrets) async throws -> (RemoteProgram, TestProxy) {
        let client = Client(of: try TestServer())
        let (folder, proxy) = (client.server.folder, try TestProxy(to: client.server.port))
        try folder.write("any", "* \(try folder.read("host_ed25519.pub"))")
        var base = client.base
        base.secrets = secrets
        let options =
            "-F none -p \(proxy.port) -i \(folder.path)/user -o UserKnownHostsFile=\(folder.path)/any "
            + "-o GlobalKnownHostsFile=none -o IdentityAgent=none -o VisualHostKey=no"
        let transport = try await SSHClient(
            to: "\(client.server.destination.user)@127.0.0.1", commandLine: options, base: base
        ).connect()
        return (try await transport.start(program: try client.server.script("program", script)), proxy)
    }

    @Test(
        "A link that breaks under a program that was denied something is no refused login",
        .enabled(if: TestUser.isRoot, "needs root"))
    func denied() async throws {
        let (program, proxy) = try await self.start(
            "echo 'login: Permission denied' >&2; exec cat", TypedSecrets())
        while !program.standardErrorTail.contains("denied") { try await Task.sleep(for: .milliseconds(10)) }
        proxy.cut()
        guard case .lost(let error) = await program.exit() else { throw Errno.badAddress }
        #expect(error.kind == .connectionLost, "\(error)")
        for descriptor in [program.input, program.output] { try descriptor.close() }
    }

    @Test("Megabytes of complaint without a newline leave their tail", .enabled(if: TestUser.isRoot, "needs root"))
    func flood() async throws {
        let (program, proxy) = try await self.start(
            "head -c 20000000 /dev/zero | tr '\\0' x >&2; exit 3", TypedSecrets())
        defer { proxy.cut() }
        try program.input.close()
        #expect(await program.exit() == .exited(status: 3))
        #expect(program.standardErrorTail == String(repeating: "x", count: 64 << 10))
        try program.output.close()
    }
}
