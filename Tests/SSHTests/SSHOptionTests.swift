internal import Glibc
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("Each option of --ssh does what it does for ssh, against a real sshd", .timeLimit(.minutes(5)))
struct SSHOptionTests {
    private let client: Client

    init() throws { self.client = Client(of: try TestServer()) }

    private var server: TestServer { self.client.server }
    private var folder: String { self.server.folder.path }
    /// Without what the test gives itself.
    private func usual(without option: String) -> String {
        let words = self.client.usual.split(separator: " ").map(String.init)
        guard let place = words.firstIndex(of: option) else { return self.client.usual }
        return (words[..<place] + words[(place + 2)...]).joined(separator: " ")
    }

    private func expect(
        _ options: String, to host: String? = nil, _ kind: HostError.Kind, _ words: String...,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await self.client.outcome(options, to: host)
        let error = try #require(outcome.error, "\(outcome)", sourceLocation: location)
        #expect(error.kind == kind, "\(error)", sourceLocation: location)
        for word in words { #expect("\(error)".contains(word), "\(error)", sourceLocation: location) }
    }

    private func expectHello(
        _ options: String, to host: String? = nil, through program: Bool = false,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = self.client.lines.count
        let outcome = try await self.client.outcome(options, to: host)
        #expect(outcome.value == "hello\n", "\(outcome)", sourceLocation: location)
        let said = self.client.lines.dropFirst(before).filter { $0.contains("goes through") }
        #expect(said.isEmpty != program, "\(said)", sourceLocation: location)
    }

    @Test("-p: the port", .enabled(if: TestUser.isRoot, "needs root"))
    func port() async throws {
        try await self.expectHello(self.client.usual)
        try await self.expect(
            "\(self.usual(without: "-p")) -p \(try TestServer.freePort())", .unreachable, "Connection refused")
    }

    @Test("-l: the account", .enabled(if: TestUser.isRoot, "needs root"))
    func user() async throws {
        try await self.expectHello("\(self.client.usual) -l \(self.server.destination.user)", to: "127.0.0.1")
        try await self.expect("\(self.client.usual) -l nobody-here", .authenticationRefused, "nobody-here@127.0.0.1")
    }

    @Test("-i: the key", .enabled(if: TestUser.isRoot, "needs root"))
    func identity() async throws {
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/other")
        let rest = self.usual(without: "-i")
        try await self.expectHello("\(rest) -i \(self.folder)/other -i \(self.folder)/user")
        try await self.expect(
            "\(rest) -i \(self.folder)/other", .authenticationRefused, "\(self.folder)/other", "ssh-copy-id")
        try await self.expect(
            "\(rest) -i \(self.folder)/gone", .authenticationRefused, "\(self.folder)/gone (not readable)")
    }

    @Test(
        "-F: the file, and Host, HostName, User, Port and IdentityFile in it",
        .enabled(if: TestUser.isRoot, "needs root"))
    func file() async throws {
        let text = """
            Host far
              HostName 127.0.0.1
              Port \(self.server.port)
              User \(self.server.destination.user)
              IdentityFile "\(self.folder)/user"
              UserKnownHostsFile \(self.folder)/known_hosts
              IdentityAgent none
            """
        try self.server.folder.write("config", text)
        try await self.expectHello("-F \(self.folder)/config", to: "far")
        try await self.expect(
            "-F \(self.folder)/config", to: "near.invalid", .unreachable, "near.invalid does not resolve")
        try await self.expect("-F \(self.folder)/nothing", .optionsRefused, "\(self.folder)/nothing: No such file")
        try self.server.folder.write("config", "\nPort zero")
        try await self.expect("-F \(self.folder)/config", .optionsRefused, "\(self.folder)/config line 2")
    }

    @Test("-4, -6 and AddressFamily: which addresses are tried", .enabled(if: TestUser.isRoot, "needs root"))
    func family() async throws {
        try await self.expectHello("\(self.client.usual) -4")
        try await self.expect("\(self.client.usual) -6", .unreachable, "127.0.0.1 does not resolve")
        try await self.expect("\(self.client.usual) -o AddressFamily=inet6", .unreachable, "127.0.0.1 does not resolve")
    }

    @Test("-b: where the connection comes from", .enabled(if: TestUser.isRoot, "needs root"))
    func bindAddress() async throws {
        try self.server.folder.write("from", "#!/bin/sh\necho $SSH_CLIENT\n", mode: 0o755)
        let outcome = try await self.client.outcome("\(self.client.usual) -b 127.0.0.9", running: "\(self.folder)/from")
        #expect(outcome.value?.hasPrefix("127.0.0.9 ") == true, "\(outcome)")
        try await self.expect("\(self.client.usual) -b 192.0.2.1", .unreachable, "Cannot assign requested address")
        try await self.expect(
            "\(self.client.usual) -b no-such-host.invalid", .unreachable, "no-such-host.invalid does not resolve")
    }

    @Test(
        "-c: the cipher; one that libssh2 lacks goes through ssh, one that nobody has is refused by name",
        .enabled(if: TestUser.isRoot, "needs root"))
    func ciphers() async throws {
        try await self.expectHello("\(self.client.usual) -c aes256-ctr -v")
        #expect(self.client.lines.contains { $0.contains("cipher aes256-ctr") })
        try await self.expectHello("\(self.client.usual) -c chacha20-poly1305@openssh.com", through: self.lacksChaCha)
        try await self.expect("\(self.client.usual) -c rot13", .optionsRefused, "rot13")
    }

    /// Before 1.11 libssh2 has no ChaCha.
    private var lacksChaCha: Bool { Handshake.isOlder(than: 0x010b00) }

    @Test("-m and KexAlgorithms: likewise", .enabled(if: TestUser.isRoot, "needs root"))
    func macs() async throws {
        try await self.expectHello(
            "\(self.client.usual) -c aes256-ctr -m hmac-sha2-512 -o KexAlgorithms=ecdh-sha2-nistp256 -v")
        #expect(self.client.lines.contains { $0.contains("MAC hmac-sha2-512, key exchange ecdh-sha2-nistp256") })
        try await self.expectHello(
            "\(self.client.usual) -o KexAlgorithms=sntrup761x25519-sha512@openssh.com", through: true)
        try await self.expect("\(self.client.usual) -m none-such", .optionsRefused, "none-such")
    }

    @Test("Where both have nothing in common, ssh is asked too, and says what is offered")
    func nothingInCommon() async throws {
        try await self.expect(
            "\(self.client.usual) -o KexAlgorithms=diffie-hellman-group14-sha1", .unreachable,
            "no matching key exchange")
    }

    @Test("-C: compression", .enabled(if: TestUser.isRoot, "needs root"))
    func compression() async throws {
        try await self.expectHello("\(self.client.usual) -C -v")
        #expect(self.client.lines.contains { $0.contains("compression zlib@openssh.com") })
        let plain = Client(of: try TestServer(configuration: "Compression no"))
        let outcome = try await plain.outcome("\(plain.usual) -C -v")
        #expect(outcome.value == "hello\n")
        #expect(plain.lines.contains { $0.contains("compression none") })
    }

    @Test("-v tells the course of things, -q not even the way", .enabled(if: TestUser.isRoot, "needs root"))
    func verbosity() async throws {
        try await self.expectHello("\(self.client.usual) -v")
        #expect(self.client.lines.contains { $0.contains("connected to 127.0.0.1 port \(self.server.port)") })
        let quiet = Client(of: self.server)
        #expect(try await quiet.outcome("\(quiet.usual) -q -o VisualHostKey=no").value == "hello\n")
        #expect(quiet.lines == [])
        let loud = Client(of: self.server)
        #expect(try await loud.outcome("\(loud.usual) -v -o VisualHostKey=no").value == "hello\n")
        #expect(loud.lines.contains { $0.hasPrefix("debug1: ") })
    }

    @Test(
        "StrictHostKeyChecking, HashKnownHosts, UserKnownHostsFile and HostKeyAlias",
        .enabled(if: TestUser.isRoot, "needs root"))
    func hostKeys() async throws {
        let rest =
            "-F none -p \(self.server.port) -i \(self.folder)/user -o GlobalKnownHostsFile=none -o IdentityAgent=none"
        let new = "\(rest) -o UserKnownHostsFile=\(self.folder)/new"
        try await self.expect(new, .hostKeyRefused, "is not known", "ssh-keyscan")
        try await self.expectHello("\(new) -o StrictHostKeyChecking=accept-new -o HashKnownHosts=yes")
        #expect(try self.server.folder.read("new").hasPrefix("|1|"))
        try await self.expectHello(new)
        #expect(
            ChildProgram.run("ssh-keygen", "-F", "[127.0.0.1]:\(self.server.port)", "-f", "\(self.folder)/new").status
                == 0)
        try self.server.folder.write("alias", "somebody \(try self.server.folder.read("host_ed25519.pub"))")
        let alias = "\(rest) -o UserKnownHostsFile=\(self.folder)/alias"
        try await self.expectHello("\(alias) -o HostKeyAlias=Somebody")
        try await self.expect("\(alias) -o HostKeyAlias=else", .hostKeyRefused, "is not known")
    }

    @Test(
        "A new key goes into the user's file only; without one it goes nowhere",
        .enabled(if: TestUser.isRoot, "needs root"), arguments: ["accept-new", "no"])
    func newKeys(strictness: String) async throws {
        let system = try self.server.folder.write("system", "# the system's\n")
        let rest =
            "-F none -p \(self.server.port) -i \(self.folder)/user -o GlobalKnownHostsFile=\(system) "
            + "-o IdentityAgent=none -o StrictHostKeyChecking=\(strictness)"
        try await self.expectHello("\(rest) -o UserKnownHostsFile=none")
        #expect(try self.server.folder.read("system") == "# the system's\n")
        try await self.expectHello("\(rest) -o UserKnownHostsFile=\(self.folder)/users")
        #expect(try self.server.folder.read("users").hasPrefix("[127.0.0.1]:\(self.server.port) ssh-ed25519 "))
        #expect(try self.server.folder.read("system") == "# the system's\n")
    }

    @Test(
        "A changed key is refused with its file and line by both transports, and accept-new does not help",
        .enabled(if: TestUser.isRoot, "needs root"))
    func changedKey() async throws {
        let other = try self.server.folder.read("user.pub")
        try self.server.folder.write("known_hosts", "# one\n[127.0.0.1]:\(self.server.port) \(other)")
        try await self.expect(self.client.usual, .hostKeyRefused, "has changed", "\(self.folder)/known_hosts line 2")
        try await self.expect(
            "\(self.client.usual) -o StrictHostKeyChecking=accept-new", .hostKeyRefused, "has changed")
        try await self.expect(
            "\(self.client.usual) -o VisualHostKey=no", .hostKeyRefused, "\(self.folder)/known_hosts:2")
        try await self.expectHello("\(self.client.usual) -o StrictHostKeyChecking=no")
        #expect(self.client.lines.contains { $0.contains("StrictHostKeyChecking is off") && $0.contains("line 2") })
    }

    @Test("A revoked key is refused whatever StrictHostKeyChecking says")
    func revokedKey() async throws {
        try self.server.folder.write("known_hosts", "@revoked * \(try self.server.folder.read("host_ed25519.pub"))")
        try await self.expect("\(self.client.usual) -o StrictHostKeyChecking=no", .hostKeyRefused, "is revoked by")
    }

    @Test("ConnectTimeout bounds the connection")
    func connectTimeout() async throws {
        let (listener, port) = try loopbackListener()
        defer { close(listener) }
        // The words name the bound that was met; how long it takes on a machine that has other work says nothing.
        try await self.expect(
            "\(self.usual(without: "-p")) -p \(port) -o ConnectTimeout=1", .timedOut, "within 1.0 seconds")
    }

    @Test(
        "IdentitiesOnly asks ssh-agent for the named keys alone; IdentityAgent says which agent",
        .enabled(if: TestUser.isRoot, "needs root"))
    func agent() async throws {
        let socket = "\(self.folder)/agent"
        let agent = startAgent(at: socket)
        defer { agent.end() }
        try runWell("ssh-add", "-q", "\(self.folder)/user", environment: ["SSH_AUTH_SOCK=\(socket)"])
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/other")
        let rest =
            "-F none -p \(self.server.port) -o UserKnownHostsFile=\(self.folder)/known_hosts -o IdentityAgent=\(socket)"
        try await self.expectHello("\(rest) -i \(self.folder)/other")
        try await self.expect(
            "\(rest) -i \(self.folder)/other -o IdentitiesOnly=yes", .authenticationRefused, "ssh-agent (no keys)")
        try await self.expectHello("\(rest) -i \(self.folder)/user.pub -o IdentitiesOnly=yes")
        let without = "\(self.usual(without: "-i")) -i \(self.folder)/other"
        try await self.expect(without, .authenticationRefused, "ssh-agent (not running)")
    }

    @Test(
        "The keys of ssh-agent that are named are tried before the others", .enabled(if: TestUser.isRoot, "needs root"))
    func namedFirst() async throws {
        let socket = "\(self.folder)/agent"
        let agent = startAgent(at: socket)
        defer { agent.end() }
        let others = (1...7).map { "\(self.folder)/other\($0)" }
        for key in others { try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key) }
        for key in others + ["\(self.folder)/user"] {
            try runWell("ssh-add", "-q", key, environment: ["SSH_AUTH_SOCK=\(socket)"])
        }
        let rest =
            "-F none -p \(self.server.port) -o UserKnownHostsFile=\(self.folder)/known_hosts -o IdentityAgent=\(socket)"
        try await self.expectHello("\(rest) -i \(self.folder)/user.pub")
        try await self.expect("\(rest) -i \(self.folder)/none", .authenticationRefused, "ended the connection after")
    }

    @Test(
        "An RSA key works, through ssh where libssh2 signs with SHA-1 only", .enabled(if: TestUser.isRoot, "needs root")
    )
    func rsa() async throws {
        try runWell("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "\(self.folder)/rsa")
        try self.server.folder.write("authorized_keys", try self.server.folder.read("rsa.pub"))
        try await self.expectHello(
            "\(self.usual(without: "-i")) -i \(self.folder)/rsa", through: Handshake.isOlder(than: 0x010b00))
    }

    @Test("A certificate goes through ssh", .enabled(if: TestUser.isRoot, "needs root"))
    func certificate() async throws {
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/authority")
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/certified")
        try runWell(
            "ssh-keygen", "-q", "-s", "\(self.folder)/authority", "-I", "me", "-n", self.server.destination.user,
            "\(self.folder)/certified.pub")
        try self.server.folder.write(
            "authorized_keys", "cert-authority \(try self.server.folder.read("authority.pub"))")
        try await self.expectHello("\(self.usual(without: "-i")) -i \(self.folder)/certified", through: true)
    }

    @Test(
        "A certified host goes through ssh, also where a key of its is known that it has no more",
        .enabled(if: TestUser.isRoot, "needs root"),
        arguments: [false, true])
    func certifiedHost(isStale: Bool) async throws {
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(self.folder)/authority")
        try runWell(
            "ssh-keygen", "-q", "-s", "\(self.folder)/authority", "-I", "it", "-h", "-n", "127.0.0.1",
            "\(self.folder)/host_ed25519.pub")
        let server = Client(
            of: try TestServer(
                configuration:
                    "HostCertificate \(self.folder)/host_ed25519-cert.pub\nHostKey \(self.folder)/host_ed25519"))
        let port = server.server.port
        try server.server.folder.write(
            "known_hosts",
            "@cert-authority [127.0.0.1]:\(port) \(try self.server.folder.read("authority.pub"))"
                + (isStale ? "[127.0.0.1]:\(port) \(try self.server.folder.read("user.pub"))" : ""))
        let outcome = try await server.outcome(server.usual)
        #expect(outcome.value == "hello\n", "\(outcome)")
        #expect(server.lines.contains { $0.contains("goes through") })
    }

    @Test("Without ssh on this server no file is read, which is said once, and simple options do")
    func noFiles() async throws {
        let path = self.folder
        let options = "-p \(self.server.port) -i \(path)/user -o UserKnownHostsFile=\(path)/known_hosts"
        var base = self.client.base
        base.program = "/nonexistent/ssh"
        let client = SSHClient(
            to: "\(self.server.destination.user)@127.0.0.1", commandLine: options, base: base)
        for _ in 1...2 { await (try await client.connect()).close() }
        #expect(self.client.lines.count == 1)
        #expect(
            self.client.lines.allSatisfy {
                $0.contains("~/.ssh/config and /etc/ssh/ssh_config are not read") && $0.contains("openssh-client")
            }, "\(self.client.lines)")
        let quiet = Client(of: self.server)
        #expect(try await quiet.outcome(quiet.usual) { $0.program = "/nonexistent/ssh" }.value == "hello\n")
        #expect(quiet.lines == [])
    }

    @Test("An ssh that does not say what its configuration is says nothing of the destination")
    func silentProgram() async throws {
        let outcome = try await self.client.outcome(self.client.usual) { $0.program = "/bin/true" }
        let error = try #require(outcome.error)
        #expect(error.kind == .sshUnusable, "\(error)")
    }

    @Test("Without ssh on this server, what takes it is refused by name")
    func noProgram() async throws {
        for options in ["-J b", "-o ProxyCommand='nc %h %p'", "-c chacha20-poly1305@openssh.com -o VisualHostKey=yes"] {
            let outcome = try await self.client.outcome("\(self.client.usual) \(options)") {
                $0.program = "/nonexistent/ssh"
            }
            let error = try #require(outcome.error)
            #expect(error.kind == .optionsRefused)
            #expect(error.cause.contains("apt install openssh-client"), "\(error)")
            #expect(["ProxyJump", "ProxyCommand", "VisualHostKey"].contains { error.cause.contains($0) }, "\(error)")
        }
    }
}
