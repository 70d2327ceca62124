internal import Testing
internal import Transfer

@Suite("A block comes back as it was, or not at all")
struct LZ4BlockTests {
    private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: LZ4Block.compressedBound(bytes.count))
        let count = output.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { LZ4Block.compress($0, into: target) }
        }
        return count.map { Array(output[..<$0]) }
    }

    private static func decompressed(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        var output = [UInt8](repeating: 0xEE, count: count + 16)
        let isWhole = output.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { LZ4Block.decompress($0, into: .init(rebasing: target[..<count])) }
        }
        #expect(output[count...].allSatisfy { $0 == 0xEE })
        return isWhole ? Array(output[..<count]) : nil
    }

    @Test("Round trip of what compresses", arguments: [64, 4096, 262_144, 655_360])
    func roundTrip(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let packed = try #require(Self.compressed(bytes))
        #expect(packed.count < count)
        #expect(Self.decompressed(packed, count: count) == bytes)
        #expect(Self.decompressed(packed, count: count - 1) == nil)
        #expect(Self.decompressed(packed, count: count + 1) == nil)
    }

    @Test("What does not compress stays raw")
    func incompressible() {
        #expect(Self.compressed((0..<10000).map { _ in UInt8.random(in: 0...255) }) == nil)
        #expect(Self.compressed([]) == nil)
    }

    @Test("Damaged blocks never write past the output")
    func damaged() throws {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let packed = try #require(Self.compressed(bytes))
        for at in packed.indices {
            var bad = packed
            bad[at] ^= 0xFF
            _ = Self.decompressed(bad, count: bytes.count)
        }
    }
}
