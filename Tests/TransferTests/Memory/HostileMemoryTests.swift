import Glibc
import HandOver
import Host
import SystemPackage
import Testing
import TestSupport
import Transfer

@Suite("A receiver of memory takes no harm from what it receives")
struct HostileMemoryTests {
    /// What a sender says in two passes over a small process.
    static func recorded() throws -> [UInt8] {
        let folder = TemporaryFolder()
        let process = try SleepingProcess()
        let path = "\(folder.path)/stream"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let sender = MemorySender(
            tracking: .content, input: FileDescriptor(rawValue: file), output: FileDescriptor(rawValue: file),
            cancellation: TransferControl())
        // Nobody answers, so the pass ends in an error, after everything was said.
        _ = try? sender.send(OutgoingMemory(processes: [process.memory])) { body throws(TransferError) in
            try body()
            return .zero
        }
        return try DurableFile.read(path, limit: 1 << 26)
    }

    @Test("Damaged anywhere, or cut anywhere, it ends in an error and leaves nothing outside its directory")
    func damaged() throws {
        let stream = try Self.recorded()
        try #require(stream.count > 10_000)
        var random = SeededGenerator(seed: 42)
        for attempt in 0..<200 {
            var bytes = stream
            let place = Int.random(in: 0..<min(bytes.count, attempt % 2 == 0 ? 200 : bytes.count), using: &random)
            if attempt % 5 == 0 { bytes.removeSubrange(place...) } else { bytes[place] ^= 1 << (attempt % 8) }
            let pair = try MemoryPair()
            pair.write(bytes)
            pair.end()
            #expect(pair.received == nil)
            #expect(try DurableFile.names(in: pair.folder.path).allSatisfy { $0 == "1" })
        }
    }

    @Test("Random bytes are an error at their beginning")
    func noise() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let pair = try MemoryPair()
            pair.write((0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) })
            pair.end()
            #expect(pair.error != nil)
            #expect(try DurableFile.names(in: pair.folder.path).isEmpty)
        }
    }
}
