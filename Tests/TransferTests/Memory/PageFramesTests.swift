import Testing
@testable import Transfer

@Suite("Frames of pages are found again by address")
struct PageFramesTests {
    @Test("Those that were added, in any order of asking, and no other")
    func finds() {
        var frames = PageFrames()
        let pages: [(UInt64, UInt64)] = [
            (0x1000, 7), (0x2000, 9), (0x3000, 8), (0x8000, 1), (0x10_0000, 5), (0x10_1000, 6),
        ]
        for (address, frame) in pages { frames.append(address, frame) }
        for (address, frame) in pages + pages.reversed() { #expect(frames.find(address) == frame) }
        for address: UInt64 in [0, 0x4000, 0x7000, 0x9000, 0xF_F000, 0x10_2000, 1 << 46] {
            #expect(frames.find(address) == nil)
        }
    }

    @Test("Nothing is found where nothing was added")
    func empty() {
        var frames = PageFrames()
        #expect(frames.find(0x1000) == nil)
    }
}

@Suite("What a pass holds of a process is found in ascending order")
struct PageTableTests {
    @Test("Pages that are there are found, those between them are not")
    func finds() {
        var table = PageTable()
        let content = [UInt8](repeating: 1, count: 4096)
        let hash = content.withUnsafeBytes { PageHash(of: $0.baseAddress.unsafelyUnwrapped) }
        for address: UInt64 in [0x1000, 0x2000, 0x9000] { table.append(address, hash) }
        for _ in 0..<2 {
            table.rewind()
            #expect(table.find(0) == nil)
            #expect(table.find(0x1000) == hash)
            #expect(table.find(0x3000) == nil)
            #expect(table.find(0x9000) == hash)
            #expect(table.find(0xA000) == nil)
        }
    }

    @Test("Pages that differ in one bit have other hashes, and the same content has the same")
    func hashes() {
        var content = [UInt8](repeating: 0, count: 4096)
        let first = content.withUnsafeBytes { PageHash(of: $0.baseAddress.unsafelyUnwrapped) }
        for bit in stride(from: 0, to: 4096 * 8, by: 997) {
            content[bit / 8] ^= 1 << (bit % 8)
            #expect(content.withUnsafeBytes { PageHash(of: $0.baseAddress.unsafelyUnwrapped) } != first)
            content[bit / 8] ^= 1 << (bit % 8)
        }
        #expect(content.withUnsafeBytes { PageHash(of: $0.baseAddress.unsafelyUnwrapped) } == first)
    }
}
