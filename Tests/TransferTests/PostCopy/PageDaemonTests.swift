import CLinux
import Glibc
internal import HandOver
import Host
import SystemPackage
import Testing
import TestSupport
import Transfer

@Suite(
    "Threads wait for pages that follow, and never read what is not there", .enabled(if: TestUser.isRoot, "needs root"),
    .serialized)
struct PageDaemonTests {
    private static let page = [UInt8](repeating: 7, count: 4096)

    @Test("A thread that touches a page gets it, one that was never there is zeros, and then all come")
    func brings() throws {
        let bench = try DaemonBench(pages: 8)
        try bench.restore()
        let source = try bench.connect()
        #expect(try source.next() == .awaited(0, 8))
        let reader = try bench.read(page: 5)
        #expect(try source.next() == .urgent(5))
        try source.send(page: 5)
        #expect(reader.byte == 6)
        for page in 0..<8 where page != 5 { try source.send(page: page) }
        #expect(try source.next() == .served(8, 0))
        #expect(bench.end() && bench.endings == 0)
        #expect((0..<8).map { bench.byte(of: $0) } == (1...8).map { $0 })
    }

    @Test("What the process clears or unmaps meanwhile is given up, and stays so")
    func givesUp() throws {
        let bench = try DaemonBench(pages: 8)
        try bench.restore()
        let source = try bench.connect()
        _ = try source.next()
        #expect(bench.clear(page: 2) == 0)
        #expect(bench.unmap(page: 3) == 0)
        for page in 0..<8 { try source.send(page: page) }
        #expect(try source.next() == .served(6, 2))
        #expect(bench.end())
        #expect(bench.byte(of: 2) == 0 && bench.byte(of: 4) == 5)
    }

    @Test("A connection that breaks is followed by another one, which brings only the rest")
    func reconnects() throws {
        let bench = try DaemonBench(pages: 8)
        try bench.restore()
        do {
            let source = try bench.connect()
            #expect(try source.next() == .awaited(0, 8))
            for page in 0..<3 { try source.send(page: page) }
        }
        let source = try bench.connect()
        #expect(try source.next() == .awaited(3, 5))
        for page in 3..<8 { try source.send(page: page) }
        #expect(try source.next() == .served(8, 0))
        #expect(bench.end())
        #expect(try bench.directory.state() == .served(PostCopyResult(placed: 8, dropped: 0)))
    }

    @Test("When its guard dies it ends the container, and says so to the source and for later")
    func guardDies() throws {
        let bench = try DaemonBench(pages: 8)
        try bench.restore()
        let source = try bench.connect()
        _ = try source.next()
        bench.killGuard()
        #expect(try source.next() == .failed)
        #expect(!bench.end() && bench.endings == 1)
        guard case .lost = try bench.directory.state() else { return #expect(Bool(false), "no loss is on record") }
    }

    @Test(
        "A source that sends what is not its to send is cut off, and hurts nobody",
        arguments: [[9, 9, 9], [5] + [9, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [1, 0, 0, 0] + page])
    func hostileSource(bytes: [UInt8]) throws {
        let bench = try DaemonBench(pages: 8)
        try bench.restore()
        do {
            let source = try bench.connect()
            _ = try source.next()
            try source.send(bytes)
        }
        let source = try bench.connect()
        #expect(try source.next() == .awaited(0, 8))
        for page in 0..<8 { try source.send(page: page) }
        #expect(try source.next() == .served(8, 0))
        #expect(bench.end())
    }
}
