internal import Foundation
internal import Glibc
internal import Host
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

/// Runs in a process of its own, because processor time and memory are those of a whole process.
@Suite(
    "A caller that does not read stops the program", .enabled(if: TestUser.isRoot, "needs root"),
    .timeLimit(.minutes(5)))
struct BackpressureTests {
    @Test("Memory stays bounded, the pump sleeps, and all bytes arrive once the caller reads")
    func holdsBack() async {
        await #expect(processExitsWith: .success) {
            let server = try TestServer()
            let session = try await server.connect()
            let before = try residentBytes()
            let program = try await session.start(program: try server.script("pour", "head -c 268435456 /dev/zero"))
            try program.input.close()
            var last = -1
            while last != readableBytes(program.output) {
                last = readableBytes(program.output)
                try await Task.sleep(for: .seconds(1))
            }
            let start = clock()
            try await Task.sleep(for: .seconds(1))
            precondition(clock() - start < CLOCKS_PER_SEC / 5, "a pump that waits for its reader must sleep")
            let growth = try residentBytes() - before
            precondition(growth < 32 << 20, "memory grew by \(growth)")
            let count = try await runBlocking(named: "reader") { () throws(any Error) in
                var count = 0
                var piece = [UInt8](repeating: 0, count: 1 << 20)
                while case let got = try piece.withUnsafeMutableBytes({ try program.output.read(into: $0) }), got > 0 {
                    count += got
                }
                return count
            }
            precondition(count == 268_435_456)
            let exit = await program.exit()
            precondition(exit == .exited(status: 0))
            try program.output.close()
            // Its thread must not outlive this process's libcrypto.
            await session.close()
        }
    }
}

/// How many bytes stand in a pipe.
private func readableBytes(_ pipe: FileDescriptor) -> Int {
    var count: Int32 = 0
    _ = ioctl(pipe.rawValue, UInt(FIONREAD), &count)
    return Int(count)
}

/// VmRSS of this process.
private func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])) * 1024
}
