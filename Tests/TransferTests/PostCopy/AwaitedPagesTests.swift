import Testing
@testable import Transfer

@Suite("What an address space awaits follows what its process does with its memory")
struct AwaitedPagesTests {
    private static let page: UInt64 = 4096
    /// Pages 10 to 19 and 30 to 34.
    private static func some() -> AwaitedPages { AwaitedPages([10 * page..<20 * page, 30 * page..<35 * page]) }

    private static func pages(_ awaited: AwaitedPages) -> [[UInt64]] {
        awaited.pieces.map { [$0.here / page, $0.there / page, $0.size / page] }
    }

    @Test("A page is found by where it is now")
    func original() {
        var awaited = Self.some()
        awaited.move(12 * Self.page..<14 * Self.page, to: 100 * Self.page)
        #expect(awaited.original(of: 101 * Self.page) == 13 * Self.page)
        #expect(awaited.original(of: 12 * Self.page) == nil)
        #expect(awaited.original(of: 14 * Self.page) == 14 * Self.page)
    }

    @Test("What has arrived, wherever it is now, is awaited no more")
    func arrival() {
        var awaited = Self.some()
        awaited.move(12 * Self.page..<14 * Self.page, to: 100 * Self.page)
        let range = 11 * Self.page..<32 * Self.page
        #expect(awaited.pieces(of: range).map(\.here) == [11, 100, 14, 30].map { $0 * Self.page })
        awaited.remove(original: range)
        #expect(Self.pages(awaited) == [[10, 10, 1], [32, 32, 3]])
        awaited.remove(original: 0..<UInt64.max)
        #expect(awaited.isEmpty)
    }

    @Test("What the process gives up is gone from the middle, too")
    func removal() {
        var awaited = Self.some()
        awaited.remove(18 * Self.page..<31 * Self.page)
        awaited.remove(14 * Self.page..<15 * Self.page)
        #expect(Self.pages(awaited) == [[10, 10, 4], [15, 15, 3], [31, 31, 4]])
        #expect(awaited.size == 11 * Self.page)
    }

    @Test("Moved over and moved back is where it was")
    func moves() {
        var awaited = Self.some()
        awaited.move(15 * Self.page..<33 * Self.page, to: 50 * Self.page)
        #expect(Self.pages(awaited) == [[10, 10, 5], [50, 15, 5], [65, 30, 3], [33, 33, 2]])
        awaited.move(50 * Self.page..<68 * Self.page, to: 15 * Self.page)
        for page in [10, 19, 30, 34] as [UInt64] { #expect(awaited.original(of: page * Self.page) == page * Self.page) }
        for page in [9, 20, 29, 35, 50] as [UInt64] { #expect(awaited.original(of: page * Self.page) == nil) }
    }

    @Test("Ranges merge, and are taken from below or from where somebody waits")
    func ranges() {
        var ranges = PageRanges(
            merging: [30..<40, 10..<20, 15..<25, 25..<30, 50..<60].map { $0.lowerBound * 4096..<$0.upperBound * 4096 })
        #expect(ranges.ascending == [10 * Self.page..<40 * Self.page, 50 * Self.page..<60 * Self.page])
        #expect(ranges.take(at: 55 * Self.page, 2 * Self.page) == 55 * Self.page..<57 * Self.page)
        #expect(ranges.take(at: 55 * Self.page, 2 * Self.page) == nil)
        #expect(ranges.takeFirst(25 * Self.page) == 10 * Self.page..<35 * Self.page)
        #expect(ranges.takeFirst(25 * Self.page) == 35 * Self.page..<40 * Self.page)
        #expect(ranges.ascending == [50 * Self.page..<55 * Self.page, 57 * Self.page..<60 * Self.page])
    }
}
