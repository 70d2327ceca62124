internal import Glibc
internal import Host
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("A link that fails says how, and nothing waits for ever", .timeLimit(.minutes(5)))
struct ConnectionTests {
    private func failure(
        to port: UInt16, host: String = "127.0.0.1", timeout: Duration = .seconds(10)
    ) async -> HostError? {
        var options = SSHOptions()
        options.timeout = timeout
        do throws(HostError) {
            try await SSHSession.connect(to: SSHDestination(host: host, port: port), options: options).close()
            return nil
        } catch {
            return error
        }
    }

    @Test("A closed port is refused at once, with the address")
    func refused() async throws {
        let error = try #require(await self.failure(to: try TestServer.freePort()))
        #expect(error.kind == .unreachable)
        #expect(error.cause.contains("127.0.0.1: Connection refused"))
    }

    @Test("A name that does not resolve is named")
    func unresolved() async throws {
        let error = try #require(await self.failure(to: 22, host: "no-such-host.invalid"))
        #expect(error.kind == .unreachable)
        #expect(error.cause.contains("no-such-host.invalid does not resolve"))
    }

    @Test("A server that never answers times out")
    func neverAnswers() async throws {
        let (listener, port) = try loopbackListener()
        defer { close(listener) }
        let start = ContinuousClock.now
        let error = try #require(await self.failure(to: port, timeout: .seconds(1)))
        #expect(error.kind == .timedOut)
        #expect((.seconds(1)...(.seconds(100))).contains(start.duration(to: .now)))
    }

    @Test("A cancelled attempt ends")
    func cancelled() async throws {
        let (listener, port) = try loopbackListener()
        defer { close(listener) }
        await withTaskGroup(of: HostError?.self) { group in
            group.addTask { await self.failure(to: port, timeout: .seconds(600)) }
            try? await Task.sleep(for: .milliseconds(50))
            group.cancelAll()
            for await error in group { #expect(error?.kind == .closed) }
        }
    }

    @Test("What is no SSH server is unreachable")
    func speaksSomethingElse() async throws {
        let (listener, port) = try loopbackListener()
        startThread(named: "not ssh") {
            let client = accept(listener, nil, nil)
            _ = send(client, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, Int32(MSG_NOSIGNAL))
            shutdown(client, Int32(SHUT_WR))
            close(listener)
        }
        #expect(await self.failure(to: port)?.kind == .unreachable)
    }

    private func connect(_ server: TestServer, _ proxy: TestProxy, timeout: Duration) async throws -> SSHSession {
        var options = server.options
        options.timeout = timeout
        try server.folder.write("known_hosts", "* \(try server.folder.read("host_ed25519.pub"))")
        let destination = SSHDestination(user: server.destination.user, host: "127.0.0.1", port: proxy.port)
        return try await SSHSession.connect(to: destination, options: options)
    }

    @Test(
        "A link that is cut in the middle ends both descriptors and every program",
        .enabled(if: TestUser.isRoot, "needs root"))
    func cut() async throws {
        let server = try TestServer()
        let proxy = try TestProxy(to: server.port)
        let session = try await self.connect(server, proxy, timeout: .seconds(30))
        let program = try await session.start(program: "cat")
        let quiet = try await session.start(program: "cat")
        async let sent = runBlocking(named: "sender") { () throws(Errno) in
            let piece = [UInt8](repeating: 1, count: 1 << 16)
            var count = 0
            // Until the pipe breaks.
            while (try? program.input.writeAll(piece)) != nil { count += piece.count }
            return count
        }
        let received = try await runBlocking(named: "reader") { () throws(any Error) in
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            var count = 0
            while case let got = try piece.withUnsafeMutableBytes({ try program.output.read(into: $0) }), got > 0 {
                count += got
                if count > 8 << 20 { proxy.cut() }
            }
            return count
        }
        #expect(received > 8 << 20)
        #expect(try await sent > 8 << 20)
        for program in [program, quiet] {
            guard case .lost(let error) = await program.exit() else { throw Errno.badAddress }
            #expect(error.kind == .connectionLost)
        }
        #expect(try await quiet.output.text().isEmpty)
        await #expect { try await session.start(program: "cat") } throws: { error in
            (error as? HostError)?.kind == .connectionLost
        }
        for descriptor in [program.input, program.output, quiet.input] { try descriptor.close() }
    }

    @Test("A link that goes silent is found dead after the timeout", .enabled(if: TestUser.isRoot, "needs root"))
    func silent() async throws {
        let server = try TestServer()
        let proxy = try TestProxy(to: server.port)
        let session = try await self.connect(server, proxy, timeout: .seconds(8))
        let program = try await session.start(program: "cat")
        proxy.stop()
        let start = ContinuousClock.now
        #expect(try await program.output.text().isEmpty)
        #expect((.seconds(6)...(.seconds(100))).contains(start.duration(to: .now)))
        guard case .lost(let error) = await program.exit() else { throw Errno.badAddress }
        #expect(error.kind == .timedOut)
        try program.input.close()
    }

    @Test(
        "A program that says nothing for longer than the timeout is not taken for a dead link",
        .enabled(if: TestUser.isRoot, "needs root"))
    func quiet() async throws {
        let server = try TestServer()
        let session = try await server.connect(timeout: .seconds(5))
        let program = try await session.start(program: try server.script("think", "sleep 11; echo thought"))
        #expect(try await program.output.text() == "thought\n")
        #expect(await program.exit() == .exited(status: 0))
        try program.input.close()
    }

    @Test("An idle session that was cut refuses the next program", .enabled(if: TestUser.isRoot, "needs root"))
    func cutWhileIdle() async throws {
        let server = try TestServer()
        let proxy = try TestProxy(to: server.port)
        let session = try await self.connect(server, proxy, timeout: .seconds(5))
        proxy.cut()
        await #expect { try await session.start(program: "cat") } throws: { error in
            (error as? HostError)?.kind == .connectionLost
        }
    }

    @Test("Closing the session closes everything on it", .enabled(if: TestUser.isRoot, "needs root"))
    func closes() async throws {
        let server = try TestServer()
        let session = try await server.connect()
        let program = try await session.start(program: "cat")
        await session.close()
        #expect(try await program.output.text().isEmpty)
        #expect(throws: Errno.brokenPipe) { try program.input.writeAll([1]) }
        guard case .lost(let error) = await program.exit() else { throw Errno.badAddress }
        #expect(error.kind == .closed)
        try program.input.close()
    }
}
