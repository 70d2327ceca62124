import Testing
import Transfer

@Suite("A pagemap image is read as CRIU wrote it, and written as any CRIU reads it")
struct PagemapImageTests {
    /// The beginning of one that CRIU 4.2.1 has written in a lazy dump.
    static let written: [UInt8] =
        [0x19, 0x43, 0x56, 0x54, 0x25, 0x40, 0x08, 0x56, 0x02, 0, 0, 0, 0x08, 0x01] + [
            0x0B, 0, 0, 0, 0x08, 0x80, 0xA0, 0x80, 0x02, 0x10, 0x00, 0x20, 0x04, 0x28, 0x01,
        ] + [0x0B, 0, 0, 0, 0x08, 0x80, 0xC0, 0xAB, 0x02, 0x10, 0x00, 0x20, 0x02, 0x28, 0x03]

    @Test("CRIU's own bytes are understood")
    func reads() throws {
        let image = try PagemapImage(parsing: Self.written)
        #expect(image.pagesID == 1)
        #expect(
            image.runs == [
                .init(address: 0x401000, pageCount: 1, place: .present),
                .init(address: 0x4AE000, pageCount: 3, place: .process),
            ])
    }

    @Test("What is written is read again the same")
    func roundTrip() throws {
        let image = PagemapImage(
            pagesID: 7,
            runs: [
                .init(address: 0x1000, pageCount: 1, place: .present),
                .init(address: 0x2000, pageCount: 1 << 33, place: .parent),
                .init(address: 0x7FFF_FFFF_F000 + (1 << 46), pageCount: 1, place: .process),
            ])
        #expect(try PagemapImage(parsing: image.bytes) == image)
    }

    @Test("An older CRIU's runs have their count in another field")
    func older() throws {
        let entry: [UInt8] = [0x08, 0x80, 0x20, 0x10, 0x05, 0x20, 0x04]
        let image = try PagemapImage(parsing: Array(Self.written.prefix(14)) + [UInt8(entry.count), 0, 0, 0] + entry)
        #expect(image.runs == [.init(address: 0x1000, pageCount: 5, place: .present)])
    }

    @Test("Cut anywhere it is an error or fewer runs, never a crash")
    func cutShort() {
        for count in 0..<Self.written.count {
            let cut = Array(Self.written.prefix(count))
            if let image = try? PagemapImage(parsing: cut) { #expect(image.runs.count < 2) }
        }
    }

    @Test("No flipped bit leads further than an error or other numbers")
    func flipped() {
        for bit in 0..<Self.written.count * 8 {
            var bytes = Self.written
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard let image = try? PagemapImage(parsing: bytes) else { continue }
            for run in image.runs { #expect(run.address % 4096 == 0 && run.pageCount > 0) }
        }
    }

    @Test("Names of images of processes are told from others")
    func names() {
        #expect(PagemapImage.process(ofImage: "pagemap-12.img") == 12)
        #expect(PagemapImage.process(ofImage: "pagemap-shmem-12.img") == nil)
        #expect(PagemapImage.process(ofImage: "pages-12.img") == nil)
    }
}
