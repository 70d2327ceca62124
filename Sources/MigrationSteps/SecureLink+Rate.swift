internal import AgentProtocol
internal import BlockingWork
package import MigrationModel
internal import SystemPackage

extension SecureLink {
    /// Enough to fill the windows of TCP and of SSH.
    private static var noise: Int { 8 << 20 }

    /// How many bytes a second come through to the agent, found out with some that mean nothing.
    package func bytesPerSecond() async throws(StepFailure) -> Double {
        let agent = try await self.open(.measure(Self.noise)).agent
        defer { agent.close() }
        let (input, output) = (agent.input, agent.output)
        do {
            return try await runBlocking(named: "noise") {
                // Nothing on the way may make it shorter.
                var generator = SystemRandomNumberGenerator()
                let block = (0..<(32 << 10)).flatMap { _ in withUnsafeBytes(of: generator.next(), Array.init) }
                let start = ContinuousClock.now
                for _ in 0..<(Self.noise / block.count) { try output.writeAll(block) }
                var answer: [UInt8] = [0]
                let count = try answer.withUnsafeMutableBytes { try input.read(into: $0) }
                guard count == 1 else { throw Errno.brokenPipe }
                return Double(Self.noise) / (start.duration(to: .now) / .seconds(1))
            }
        } catch {
            throw await agent.reasonOfSilence()
        }
    }
}
