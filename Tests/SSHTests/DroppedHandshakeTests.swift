internal import Glibc
@testable internal import SSH
internal import Testing
internal import TestSupport

@Suite(
    "A server that drops the connection in any phase of the handshake is an error, at once",
    .enabled(if: TestUser.isRoot, "needs root"), .timeLimit(.minutes(5)))
struct DroppedHandshakeTests {
    private let client: Client

    init() throws { self.client = Client(of: try TestServer()) }

    private func options(_ proxy: TestProxy, _ more: String) throws -> String {
        let path = self.client.server.folder.path
        try self.client.server.folder.write("any", "* \(try self.client.server.folder.read("host_ed25519.pub"))")
        return
            "-F none -p \(proxy.port) -i \(path)/user -o UserKnownHostsFile=\(path)/any -o GlobalKnownHostsFile=none "
            + "-o IdentityAgent=none \(more)"
    }

    /// - Returns: how many flights there are from the first byte to the end of a program.
    private func whole(_ more: String) async throws -> Int {
        let proxy = try TestProxy(to: self.client.server.port, cuttingAfter: .max)
        let outcome = try await self.client.outcome(try self.options(proxy, more))
        #expect(outcome.value == "hello\n", "\(outcome)")
        return proxy.flights
    }

    @Test("Every phase, on a connection of ours and through ssh", arguments: ["", "-o VisualHostKey=no"])
    func everyPhase(more: String) async throws {
        let flights = try await self.whole(more)
        var cuts = 0
        for limit in 0..<flights {
            let proxy = try TestProxy(to: self.client.server.port, cuttingAfter: limit)
            let start = ContinuousClock.now
            let outcome = try await self.client.outcome(try self.options(proxy, more))
            // Two answers may come in one flight, and then the last limits are never met.
            guard proxy.hasCut else { continue }
            cuts += 1
            // Once the program's last words are through, the end of the connection is the end that was to come.
            if limit > 6, outcome.value == "hello\n" { continue }
            let error = try #require(outcome.error, "after \(limit) of \(flights) flights: \(outcome)")
            #expect(
                [.unreachable, .connectionLost, .authenticationRefused].contains(error.kind), "\(limit): \(error)")
            #expect(!error.cause.isEmpty)
            #expect(start.duration(to: .now) < .seconds(15), "\(limit): \(error)")
        }
        // The version's name, the methods, the key, the service, authentication, the channel.
        #expect(cuts >= 6)
    }
}
