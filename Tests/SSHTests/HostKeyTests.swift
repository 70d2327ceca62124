@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("A host whose key is not the known one is refused", .timeLimit(.minutes(5)))
struct HostKeyTests {
    private let server: TestServer

    init() throws {
        self.server = try TestServer()
    }

    private var name: String { "[127.0.0.1]:\(self.server.port)" }
    private var ed25519: String { (try? self.server.folder.read("host_ed25519.pub")) ?? "" }
    private var ecdsa: String { (try? self.server.folder.read("host_ecdsa.pub")) ?? "" }
    private var other: String { (try? self.server.folder.read("user.pub")) ?? "" }

    private func refusal(knowing lines: String) async throws -> HostError? {
        try self.server.folder.write("known_hosts", lines)
        do throws(HostError) {
            try await SSHSession.connect(to: self.server.destination, options: self.server.options).close()
            return nil
        } catch {
            return error
        }
    }

    @Test("An unknown host is refused with its fingerprint and the command that adds it")
    func unknown() async throws {
        let refusal = try #require(try await self.refusal(knowing: "# nothing\n"))
        let path = self.server.folder.path
        let fingerprint = try runWell("ssh-keygen", "-lf", "\(path)/host_ed25519.pub").split(separator: " ")[1]
        #expect(refusal.kind == .hostKeyRefused)
        #expect(refusal.cause.contains(fingerprint))
        #expect(
            refusal.cause.contains("ssh-keyscan -p \(self.server.port) -t ed25519 127.0.0.1 >> \(path)/known_hosts"))
    }

    @Test("The command that the refusal names makes the host known", .enabled(if: TestUser.isRoot, "needs root"))
    func adviceWorks() async throws {
        let scanned = try runWell("ssh-keyscan", "-p", "\(self.server.port)", "-t", "ed25519", "127.0.0.1")
        #expect(try await self.refusal(knowing: scanned) == nil)
    }

    @Test("A changed key is refused with the file and the line of the old one")
    func changed() async throws {
        let refusal = try #require(try await self.refusal(knowing: "\n\(self.name) \(self.other)"))
        #expect(refusal.kind == .hostKeyRefused)
        #expect(refusal.cause.contains("has changed"))
        #expect(refusal.cause.contains("\(self.server.folder.path)/known_hosts line 2"))
    }

    @Test("A revoked key is refused, though another line knows it")
    func revoked() async throws {
        let lines = "\(self.name) \(self.ed25519)@revoked * \(self.ed25519)"
        let refusal = try #require(try await self.refusal(knowing: lines))
        #expect(refusal.kind == .hostKeyRefused)
        #expect(refusal.cause.contains("is revoked by \(self.server.folder.path)/known_hosts line 2"))
    }

    @Test("A file with known hosts that is no file knows nobody; one that cannot be read may revoke, and is refused")
    func unreadable() async throws {
        var options = self.server.options
        for (path, words) in [("/dev/null", "is not known"), ("/proc/self/mem", "could not read /proc/self/mem")] {
            options.knownHostsFiles = [options.knownHostsFiles?.first ?? "", FilePath(path)]
            try self.server.folder.write("known_hosts", path == "/dev/null" ? "" : "\(self.name) \(self.ed25519)")
            let refusal = await #expect(throws: HostError.self) {
                try await SSHSession.connect(to: self.server.destination, options: options).close()
            }
            #expect(refusal?.kind == .hostKeyRefused)
            #expect(refusal?.cause.contains(words) == true, "\(refusal.debugDescription)")
        }
    }

    @Test("One of several keys of a host is enough")
    func severalKeys() async throws {
        #expect(try await self.refusal(knowing: "\(self.name) \(self.other)\(self.name) \(self.ed25519)") == nil)
    }

    @Test(
        "A host of which only another algorithm's key is known is asked for that one",
        .enabled(if: TestUser.isRoot, "needs root"))
    func prefersKnownAlgorithms() async throws {
        #expect(try await self.refusal(knowing: "\(self.name) \(self.ecdsa)") == nil)
    }

    @Test("Hashed names are understood", .enabled(if: TestUser.isRoot, "needs root"))
    func hashed() async throws {
        try self.server.folder.write("known_hosts", "\(self.name) \(self.ed25519)")
        let path = "\(self.server.folder.path)/known_hosts"
        try runWell("ssh-keygen", "-q", "-H", "-f", path)
        let lines = try self.server.folder.read("known_hosts")
        #expect(lines.hasPrefix("|1|"))
        #expect(try await self.refusal(knowing: lines) == nil)
        let changed = lines.split(separator: " ")[0] + " " + self.other
        #expect(try await self.refusal(knowing: changed)?.cause.contains("has changed") == true)
    }

    @Test(
        "Patterns match as ssh's do", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: [
            ("[127.0.0.*]:%", true), ("[127.0.?.1]:%", true), ("x,[127.0.0.1]:%", true), ("127.0.0.2", false),
            ("[*,![127.0.0.1]:%", false), ("[127.0.0.1]:22", false), ("*", true), ("[127.*.*.*]:*", true),
            ("[127.0.0.?*1]:%", false),
        ])
    func patterns(pattern: String, isKnown: Bool) async throws {
        let names = pattern.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: "\(self.server.port)")
        let refusal = try await self.refusal(knowing: "\(names) \(self.ed25519)")
        #expect((refusal == nil) == isKnown)
    }

    @Test(
        "A line without a port can confirm the key of another port, and no more than that",
        .enabled(if: TestUser.isRoot, "needs root"))
    func withoutPort() async throws {
        #expect(try await self.refusal(knowing: "127.0.0.1 \(self.ed25519)") == nil)
        let other = try #require(try await self.refusal(knowing: "127.0.0.1 \(self.other)"))
        #expect(other.cause.contains("is not known"), "\(other)")
        let both = "127.0.0.1 \(self.ed25519)\(self.name) \(self.other)"
        #expect(try await self.refusal(knowing: both)?.cause.contains("has changed") == true)
        let revoked = "127.0.0.1 \(self.ed25519)@revoked 127.0.0.1 \(self.ed25519)"
        #expect(try await self.refusal(knowing: revoked)?.cause.contains("is not known") == true)
        try self.server.folder.write("known_hosts", "127.0.0.1 \(self.ed25519)")
        var options = self.server.options
        options.hostKeyAlias = "alias"
        await #expect { try await SSHSession.connect(to: self.server.destination, options: options) } throws: { error in
            (error as? HostError)?.cause.contains("is not known") == true
        }
    }

    @Test("Lines may end as in Windows", .enabled(if: TestUser.isRoot, "needs root"))
    func carriageReturns() async throws {
        let key = self.ed25519.split(separator: "\n")[0]
        #expect(try await self.refusal(knowing: "# first\r\n\(self.name) \(key)\r\n") == nil)
    }

    @Test("A certificate authority does not make a plain key known")
    func authority() async throws {
        let refusal = try await self.refusal(knowing: "@cert-authority * \(self.ed25519)")
        #expect(refusal?.cause.contains("is not known") == true)
    }
}
