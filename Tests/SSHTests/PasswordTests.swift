internal import Glibc
internal import Host
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("Passwords and passphrases are asked for, never taken from elsewhere", .timeLimit(.minutes(5)))
struct PasswordTests {
    private let client: Client

    init() throws {
        self.client = Client(
            of: try TestServer(
                configuration: "PasswordAuthentication yes\nAuthenticationMethods any", accounts: TestAccounts()))
    }

    private var folder: String { self.client.server.folder.path }

    /// No key lets in; `more` decides the transport.
    private func options(_ more: String = "") -> String {
        "-F none -p \(self.client.server.port) -l \(TestAccounts.user) -i \(self.folder)/none -o IdentityAgent=none "
            + "-o UserKnownHostsFile=\(self.folder)/known_hosts -o GlobalKnownHostsFile=none \(more)"
    }

    private func outcome(
        _ more: String, _ terminal: PseudoTerminal?, _ secrets: TypedSecrets = TypedSecrets()
    ) async throws -> Result<String, HostError> {
        try await self.client.outcome(self.options(more), to: "127.0.0.1") { options in
            options.secrets = secrets
            if let terminal { options.terminal = terminal.path }
        }
    }

    @Test(
        "A password is asked for on the terminal, again when it was wrong, and once for all sessions",
        .enabled(if: TestUser.isRoot, "needs root"),
        arguments: ["", "-o VisualHostKey=no"])
    func typed(more: String) async throws {
        let terminal = try PseudoTerminal()
        let secrets = TypedSecrets()
        async let shown = terminal.answer(["wrong\r", "\(TestAccounts.password)\r"])
        let outcome = try await self.outcome(more, terminal, secrets)
        #expect(outcome.value == "hello\n", "\(outcome)")
        let text = try await shown
        #expect(text.contains("\(TestAccounts.user)@127.0.0.1"))
        #expect(text.contains("Wrong. "))
        #expect(!text.contains("horse"))
        #expect(terminal.echoes)
        // Nobody answers this time.
        #expect(try await self.outcome(more, terminal, secrets).value == "hello\n")
    }

    @Test(
        "Wrong passwords end in a refusal that does not repeat them", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: ["", "-o VisualHostKey=no"])
    func wrong(more: String) async throws {
        let terminal = try PseudoTerminal()
        let secrets = TypedSecrets()
        async let shown = terminal.answer(["guess\r", "guess\r", "guess\r"])
        let error = try #require(try await self.outcome(more, terminal, secrets).error)
        _ = try await shown
        #expect(error.kind == .authenticationRefused, "\(error)")
        #expect(!"\(error)".contains("guess"))
        #expect(error.cause.contains("wrong 3 times") || error.cause.contains("Permission denied"), "\(error)")
        #expect(!secrets.isKnown("\(TestAccounts.user)@127.0.0.1's password: "))
    }

    @Test(
        "Without a terminal, and with BatchMode, nothing is asked", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: ["", "-o VisualHostKey=no"])
    func nobody(more: String) async throws {
        #expect(try await self.outcome(more, nil).error?.kind == .authenticationRefused)
        let terminal = try PseudoTerminal()
        #expect(try await self.outcome("\(more) -o BatchMode=yes", terminal).error?.kind == .authenticationRefused)
    }

    @Test("The passphrase of a key is asked for through ssh too, and once", .enabled(if: TestUser.isRoot, "needs root"))
    func passphrase() async throws {
        try runWell("ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", "\(self.folder)/locked")
        try self.client.server.folder.write("authorized_keys", try self.client.server.folder.read("locked.pub"))
        let terminal = try PseudoTerminal()
        let secrets = TypedSecrets()
        async let shown = terminal.answer(["wrong\r", "correct horse\r"])
        let more = "-i \(self.folder)/locked -o VisualHostKey=no -o PasswordAuthentication=no"
        let outcome = try await self.outcome(more, terminal, secrets)
        #expect(outcome.value == "hello\n", "\(outcome)")
        #expect(try await shown.contains("Enter passphrase for key '\(self.folder)/locked': "))
        #expect(try await self.outcome(more, terminal, secrets).value == "hello\n")
    }

    @Test(
        "What lasts is asked for once, what holds once each time", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: [
            ("Enter passphrase for key '/k': ", true), ("root@node2's password: ", true),
            ("(root@node2) Verification code: ", false), ("Enter PIN for ED25519-SK key /k: ", false),
        ])
    func lasting(prompt: String, isLasting: Bool) async throws {
        var options = self.client.base
        let program = try #require(options.askpassProgram)
        for answer in ["first", "second"] {
            let terminal = try PseudoTerminal()
            options.terminal = terminal.path
            let askpass = try AskpassServer(options)
            defer { askpass.close(forgetting: false) }
            async let typed = isLasting && answer == "second" ? "" : try await terminal.answer(["\(answer)\r"])
            let variable = AskpassServer.environment(askpass).last { $0.hasPrefix(AskpassServer.variable) }
            let environment = [try #require(variable)]
            let got = try await runBlocking(named: "ssh") { () throws(any Error) in
                try runWell(program, prompt, environment: environment)
            }
            _ = try await typed
            #expect(got == (isLasting ? "first\n" : "\(answer)\n"))
        }
    }

    @Test(
        "A key that has changed is told no password, though StrictHostKeyChecking is off",
        .enabled(if: TestUser.isRoot, "needs root"))
    func untrusted() async throws {
        let other = try self.client.server.folder.read("user.pub")
        try self.client.server.folder.write("known_hosts", "* \(other)")
        let outcome = try await self.outcome("-o StrictHostKeyChecking=no", try PseudoTerminal())
        #expect(outcome.error?.kind == .authenticationRefused, "\(outcome)")
    }
}

/// In processes of their own, because the environment is that of a whole process.
@Suite("SSH_ASKPASS is asked where there is no terminal", .timeLimit(.minutes(5)))
struct AskpassTests {
    @Test("Its first line is the answer; its failure is none")
    func asks() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let program = try folder.write(
                "ask", "#!/bin/sh\necho \"$1\" >> \(folder.path)/asked\necho 'a secret'\necho more\n", mode: 0o755)
            setenv("SSH_ASKPASS", program, 1)
            setenv("SSH_ASKPASS_REQUIRE", "force", 1)
            var options = SSHOptions()
            options.terminal = "/nonexistent/terminal"
            let answer = try SecretQuestion(options).ask("Password: ")
            precondition(answer.bytes == Array("a secret".utf8CString.dropLast()))
            let asked = try folder.read("asked")
            precondition(asked == "Password: \n")
            try folder.write("ask", "#!/bin/sh\nexit 1\n", mode: 0o755)
            do throws(SecretQuestion.Silence) {
                _ = try SecretQuestion(options).ask("Password: ")
                preconditionFailure("a program that fails gives no answer")
            } catch { precondition(error == .canceled) }
            setenv("SSH_ASKPASS_REQUIRE", "never", 1)
            precondition(!SecretQuestion(options).canAsk)
            setenv("SSH_ASKPASS_REQUIRE", "force", 1)
            options.isBatch = true
            precondition(!SecretQuestion(options).canAsk)
        }
    }
}
