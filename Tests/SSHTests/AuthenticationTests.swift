internal import Host
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("Keys open the session, and a refusal lists what was tried", .timeLimit(.minutes(5)))
struct AuthenticationTests {
    private let server: TestServer

    init() throws {
        self.server = try TestServer()
    }

    private var folder: String { self.server.folder.path }

    private func makeKey(_ name: String, _ type: String, passphrase: String = "", format: String? = nil) throws {
        let file = "\(self.folder)/\(name)"
        try runWell("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", file)
        guard let format else { return }
        try runWell("ssh-keygen", "-q", "-p", "-P", passphrase, "-N", passphrase, "-m", format, "-f", file)
    }

    private func allow(_ name: String) throws {
        try self.server.folder.write("authorized_keys", try self.server.folder.read("\(name).pub"))
    }

    private func options(_ names: String...) -> SSHOptions {
        var options = self.server.options
        options.identityFiles = names.map { FilePath("\(self.folder)/\($0)") }
        return options
    }

    private func refusal(_ options: SSHOptions) async -> HostError? {
        do throws(HostError) {
            try await SSHSession.connect(to: self.server.destination, options: options).close()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "Keys of these types and formats work", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: [("ed25519", nil), ("ecdsa", nil), ("ecdsa", "PEM")])
    func types(type: String, format: String?) async throws {
        try self.makeKey("key", type, format: format)
        try self.allow("key")
        #expect(await self.refusal(self.options("key")) == nil)
    }

    @Test("A key that the host does not allow is named")
    func wrongKey() async throws {
        try self.makeKey("other", "ed25519")
        let refusal = try #require(await self.refusal(self.options("other", "missing")))
        #expect(refusal.kind == .authenticationRefused)
        #expect(refusal.cause.contains("ssh-agent (not running)"))
        #expect(refusal.cause.contains("\(self.folder)/other"))
        #expect(refusal.cause.contains("\(self.folder)/missing (not readable)"))
        #expect(refusal.cause.contains("ssh-copy-id"))
    }

    @Test("The allowed key is found behind others", .enabled(if: TestUser.isRoot, "needs root"))
    func severalKeys() async throws {
        try self.makeKey("other", "ed25519")
        #expect(await self.refusal(self.options("other", "user")) == nil)
    }

    @Test("A server that ends the connection after too many keys is reported as a refusal")
    func tooManyKeys() async throws {
        for number in 1...7 { try self.makeKey("other\(number)", "ed25519") }
        let refusal = try #require(
            await self.refusal(self.options("other1", "other2", "other3", "other4", "other5", "other6", "other7")))
        #expect(refusal.kind == .authenticationRefused)
        #expect(refusal.cause.contains("ended the connection after"))
    }

    @Test("Without a terminal an encrypted key is refused with the way to ssh-agent")
    func encryptedWithoutTerminal() async throws {
        try self.makeKey("locked", "ed25519", passphrase: "correct horse")
        try self.allow("locked")
        let refusal = try #require(await self.refusal(self.options("locked")))
        #expect(refusal.kind == .authenticationRefused)
        #expect(refusal.cause.contains("encrypted, no terminal"))
        #expect(refusal.cause.contains("ssh-add \(self.folder)/locked"))
    }

    @Test(
        "A passphrase is asked for on the terminal without echo, up to three times",
        .enabled(if: TestUser.isRoot, "needs root"), arguments: ["ed25519", "ecdsa"])
    func encryptedOnTerminal(type: String) async throws {
        try self.makeKey("locked", type, passphrase: "correct horse")
        try self.allow("locked")
        let terminal = try PseudoTerminal()
        var options = self.options("locked")
        options.terminal = terminal.path
        async let shown = terminal.answer(["wrong\r", "correcx\u{7f}t horse\r"])
        #expect(await self.refusal(options) == nil)
        let text = try await shown
        #expect(text.contains("Passphrase of \(self.folder)/locked: "))
        #expect(text.contains("Wrong. "))
        #expect(!text.contains("horse"))
        #expect(!text.contains("wrong"))
        #expect(terminal.echoes)
    }

    @Test(
        "A passphrase that opened its key is not asked for again by the sessions that share it",
        .enabled(if: TestUser.isRoot, "needs root"))
    func askedOnce() async throws {
        try self.makeKey("locked", "ed25519", passphrase: "correct horse")
        try self.allow("locked")
        let terminal = try PseudoTerminal()
        var options = self.options("locked")
        options.terminal = terminal.path
        async let shown = terminal.answer(["wrong\r", "correct horse\r"])
        #expect(await self.refusal(options) == nil)
        _ = try await shown
        options.terminal = "/nonexistent"
        #expect(await self.refusal(options) == nil)
        options.secrets = TypedSecrets()
        #expect(await self.refusal(options)?.cause.contains("no terminal") == true)
    }

    @Test("Three wrong passphrases, or none, end in a refusal that does not repeat them")
    func wrongPassphrases() async throws {
        try self.makeKey("locked", "ed25519", passphrase: "correct horse")
        let cases = [(["one\r", "two\r", "six\r"], "wrong passphrase 3 times"), (["\u{4}"], "no passphrase")]
        for (answers, words) in cases {
            let terminal = try PseudoTerminal()
            var options = self.options("locked")
            options.terminal = terminal.path
            async let shown = terminal.answer(answers)
            let refusal = try #require(await self.refusal(options))
            _ = try await shown
            #expect(refusal.cause.contains(words))
            #expect(!"\(refusal)".contains("six"))
        }
    }

    @Test("The keys of ssh-agent come first", .enabled(if: TestUser.isRoot, "needs root"))
    func agent() async throws {
        let socket = "\(self.folder)/agent"
        let agent = startAgent(at: socket)
        defer { agent.end() }
        var options = self.options("missing")
        options.agentSocket = FilePath(socket)
        let refusal = try #require(await self.refusal(options))
        #expect(refusal.cause.contains("ssh-agent (no keys)"))
        try runWell("ssh-add", "-q", "\(self.folder)/user", environment: ["SSH_AUTH_SOCK=\(socket)"])
        #expect(await self.refusal(options) == nil)
    }

    @Test(
        "An ssh-agent that hangs is passed over after the timeout", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: HungAgent.Habit.allCases)
    func hungAgent(habit: HungAgent.Habit) async throws {
        let agent = HungAgent(habit, in: self.server.folder, with: try self.server.folder.read("user.pub"))
        defer { agent.end() }
        try self.makeKey("other", "ed25519")
        var options = self.options("other")
        options.agentSocket = FilePath(agent.path)
        options.timeout = .seconds(4)
        let refusal = try #require(await self.refusal(options))
        #expect(refusal.kind == .authenticationRefused, "\(refusal)")
        let words = habit == .endsBeforeSignature ? "ssh-agent's k" : "ssh-agent (does not answer)"
        #expect(refusal.cause.contains("\(words), \(self.folder)/other"), "\(refusal)")
        options.identityFiles = [FilePath("\(self.folder)/user")]
        #expect(await self.refusal(options) == nil)
    }

    @Test("A server that takes no keys says what to change")
    func noKeys() async throws {
        let server = try TestServer(configuration: "PubkeyAuthentication no\nPasswordAuthentication yes")
        await #expect { try await server.connect() } throws: { error in
            let error = error as? HostError
            return error?.kind == .authenticationRefused && error?.cause.contains("only password") == true
        }
    }
}
