internal import Host
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite(
    "A remote program is a pair of descriptors", .enabled(if: TestUser.isRoot, "needs root"), .timeLimit(.minutes(5)))
struct ProgramTests {
    private static let mebibyte = 1 << 20

    private func echo(_ program: RemoteProgram, _ count: Int, seed: UInt64) async throws {
        async let sent: Void = program.input.sendAndClose(count, seed: seed)
        let got = try await program.output.receive(seed: seed)
        try await sent
        #expect(got.count == count)
        #expect(got.firstWrong == nil)
        #expect(await program.exit() == .exited(status: 0))
    }

    @Test("All bytes go both ways at once and arrive intact", arguments: [("", 64), ("RekeyLimit 2M", 16)])
    func echoes(configuration: String, mebibytes: Int) async throws {
        let server = try TestServer(configuration: configuration)
        let session = try await server.connect()
        try await self.echo(try await session.start(program: "cat"), mebibytes * Self.mebibyte, seed: 1)
    }

    @Test("Several programs run on one session at once")
    func runsSeveral() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 1...4 {
                group.addTask {
                    try await self.echo(
                        try await session.start(program: "cat"), 8 * Self.mebibyte, seed: UInt64(seed))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("The end of the input ends the program, while its output goes on")
    func halfCloses() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(
            program: try server.script("count", "wc -c; sleep 0.2; echo after; exit 3"))
        try program.input.writeAll("12345".utf8)
        try program.input.close()
        #expect(try await program.output.text() == "5\nafter\n")
        #expect(await program.exit() == .exited(status: 3))
    }

    @Test("A program that is missing is told from one that fails")
    func misses() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(program: "no-such-program")
        try program.input.close()
        #expect(try await program.output.text().isEmpty)
        let exit = await program.exit()
        #expect(exit == .exited(status: 127))
        #expect(exit.isProgramMissing)
        #expect(program.standardErrorTail.contains("no-such-program"))
        #expect(!RemoteExit.exited(status: 1).isProgramMissing)
    }

    @Test("A program that a signal ended says which")
    func isKilled() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(program: try server.script("die", "kill -KILL $$"))
        #expect(try await program.output.text().isEmpty)
        #expect(await program.exit() == .killed(signal: "KILL"))
        try program.input.close()
    }

    @Test("The last 64 KiB of the standard error are kept")
    func keepsErrors() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(
            program: try server.script("complain", "seq 1 400000 >&2; echo done; exit 1"))
        #expect(try await program.output.text() == "done\n")
        #expect(await program.exit() == .exited(status: 1))
        #expect(program.standardErrorTail.utf8.count == 64 << 10)
        #expect(program.standardErrorTail.hasSuffix("\n399999\n400000\n"))
        try program.input.close()
    }

    @Test(
        "What a shell could take for more than a name is refused",
        arguments: ["", "a b", "a;b", "$(a)", "a\nb", "-a", "ä", "a|b", "~/a", "a&"])
    func refusesNames(name: String) async throws {
        let server = try TestServer()
        let session = try await server.connect()
        await #expect { try await session.start(program: name) } throws: { error in
            (error as? HostError)?.kind == .programRefused
        }
    }

    @Test("A program over the server's limit is refused, and the others go on")
    func refusesTooMany() async throws {
        let server = try TestServer(sessionLimit: 1)
        let session = try await server.connect()
        let first = try await session.start(program: "cat")
        await #expect { try await session.start(program: "cat") } throws: { error in
            (error as? HostError)?.kind == .programRefused
        }
        try await self.echo(first, Self.mebibyte, seed: 3)
    }

    @Test("A program that does not read blocks its caller, and another program on the session goes on")
    func blocksTheWriter() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let deaf = try await session.start(program: try server.script("deaf", "exec sleep 100"))
        async let sent: Result<Void, any Error> = runBlocking(named: "sender") {
            Result { try deaf.input.writeAll([UInt8](repeating: 1, count: 64 * Self.mebibyte)) }
        }
        try await self.echo(try await session.start(program: "cat"), 8 * Self.mebibyte, seed: 9)
        deaf.close()
        let result = await sent
        #expect(throws: Errno.brokenPipe) { try result.get() }
        guard case .lost(let error) = await deaf.exit() else { throw Errno.badAddress }
        #expect(error.kind == .closed)
        #expect(try await deaf.output.text().isEmpty)
        try deaf.input.close()
    }

    @Test("Output that nobody wants any more does not hold the program up")
    func discards() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(
            program: try server.script("pour", "head -c 67108864 /dev/zero; exit 5"))
        try program.output.close()
        try program.input.close()
        #expect(await program.exit() == .exited(status: 5))
    }
}
