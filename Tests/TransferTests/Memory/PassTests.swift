import Glibc
import HandOver
import Host
import Testing
import TestSupport
import Transfer

@Suite("Passes over a memory send what the other side does not hold, and both sides hold the same")
struct PassTests {
    @Test("The first pass sends all, the next nothing, and one after a write that page")
    func rounds() throws {
        let (pair, process) = (try MemoryPair(), try SleepingProcess())
        let (sender, memory) = (pair.sender, OutgoingMemory(processes: [process.memory]))
        let first = try sender.send(memory, holding: Self.never)
        #expect(first.round.pages > 10 && first.round.sentPages == first.round.pages)
        let second = try sender.send(memory, holding: Self.never)
        #expect(second.round.sentPages == 0 && second.round.pages == first.round.pages && second.digest == first.digest)
        #expect(second.round.wireBytes < 2000)
        let place = try process.heap
        try process.write(0xA5, at: place + 17)
        let third = try sender.send(memory, holding: Self.never)
        #expect(third.round.sentPages == 1 && third.digest != first.digest)
        pair.end()
        #expect(pair.error == nil && pair.received == nil)
        let images = ReceivedImages(directory: "\(pair.folder.path)/3")
        #expect(try images.page(place, of: 7) == process.page(place))
        for run in try images.image(of: 7).runs {
            #expect(try images.page(run.address, of: 7) == process.page(run.address))
        }
    }

    @Test("The last pass takes what CRIU wrote from its images, the rest from the process, and joins them")
    func last() throws {
        let (pair, process, dump) = (try MemoryPair(), try SleepingProcess(), TemporaryFolder())
        let sender = pair.sender
        _ = try sender.send(OutgoingMemory(processes: [process.memory]), holding: Self.never)
        let place = try process.heap
        let written = [UInt8](repeating: 0x42, count: 4096)
        try dump.write("pages-3.img", written)
        try dump.write(
            "pagemap-7.img",
            PagemapImage(
                pagesID: 3,
                runs: [
                    .init(address: 0x1000, pageCount: 1, place: .present),
                    .init(address: place, pageCount: 1, place: .process),
                ]
            ).bytes)
        let report = try sender.send(
            OutgoingMemory(processes: [process.memory], images: dump.path), holding: Self.never)
        #expect(report.round.pages == 2 && report.round.sentPages == 1)
        pair.end()
        let received = try #require(try ReceivedMemory(recordedIn: pair.folder.path))
        #expect(received == pair.received && received.digest.hex == report.digest && received.passes == 2)
        let images = "\(pair.folder.path)/images"
        mkdir(images, 0o700)
        // The memory's directory is a sister of the images' one; here it is its parent, so the link is put right.
        try received.join(pair.folder.path, to: images)
        unlink("\(images)/parent")
        symlink("../1", "\(images)/parent")
        let result = ReceivedImages(directory: images)
        #expect(try result.page(0x1000, of: 7) == written)
        #expect(try result.page(place, of: 7) == process.page(place))
        #expect(try result.image(of: 7).runs.last?.place == .parent)
    }

    @Test("A process that has gone has no pages, and one that comes is sent whole")
    func comingAndGoing() throws {
        let (pair, first, second) = (try MemoryPair(), try SleepingProcess(), try SleepingProcess())
        let sender = pair.sender
        let other = try #require(try MemoryProcess(pid: second.memory.pid, number: 9))
        _ = try sender.send(OutgoingMemory(processes: [first.memory]), holding: Self.never)
        let both = try sender.send(OutgoingMemory(processes: [other, first.memory]), holding: Self.never)
        #expect(both.round.sentPages > 10 && both.round.sentPages < both.round.pages)
        kill(first.memory.pid, SIGKILL)
        waitpid(first.memory.pid, nil, 0)
        let left = try sender.send(OutgoingMemory(processes: [other, first.memory]), holding: Self.never)
        #expect(left.round.sentPages == 0 && left.round.pages == both.round.sentPages)
        pair.end()
        #expect(pair.error == nil)
    }

    @Test("A page that a dump names and that is not there fails the last pass on both sides")
    func missing() throws {
        let (pair, process, dump) = (try MemoryPair(), try SleepingProcess(), TemporaryFolder())
        try dump.write("pages-1.img", [UInt8]())
        let image = PagemapImage(pagesID: 1, runs: [.init(address: 0x1000, pageCount: 1, place: .process)])
        try dump.write("pagemap-7.img", image.bytes)
        #expect(throws: TransferError.self) {
            try pair.sender.send(OutgoingMemory(processes: [process.memory], images: dump.path), holding: Self.never)
        }
        pair.end()
        #expect(pair.error?.isPeers == true)
        #expect(try ReceivedMemory(recordedIn: pair.folder.path) == nil)
    }

    /// The content strategy holds nothing.
    private static func never(_ body: () throws(TransferError) -> Void) throws(TransferError) -> Duration {
        Issue.record("the container was held")
        try body()
        return .zero
    }
}
