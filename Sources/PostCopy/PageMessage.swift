internal import FrameStream

/// What the two sides of a memory that follows its container say to each other. Numbers are little endian; a process is
/// named by its number inside the container, a page by its address at the source.
enum PageMessage: UInt8 {
    /// From the destination: process, address, pages. These are awaited; said of all of them once the restore is over,
    /// then `begin`.
    case awaited = 1
    case begin = 2
    /// From the destination: process, address. A thread waits for this one, perhaps one that restores.
    case urgent = 3
    /// From the destination, its last word: how many pages were placed, and how many the container gave up itself.
    case served = 4
    /// From the source: process, address, pages, content.
    case pages = 5

    /// The most pages in one message.
    static let pagesLimit = 64
    /// The same in bytes.
    static let sizeLimit = UInt64(pagesLimit) * PageRanges.pageSize
}

extension MessageBytes {
    init(_ message: PageMessage, process: UInt32, _ address: UInt64) {
        self.init(message.rawValue)
        self.add(process)
        self.add(address)
    }
}

/// How a memory that followed its container has arrived.
package struct ServedPages: Hashable, Sendable {
    /// That were given their content.
    package let placed: UInt64
    /// That the container gave up before they came: it unmapped or cleared them, or ended.
    package let dropped: UInt64

    package init(placed: UInt64, dropped: UInt64) {
        self.placed = placed
        self.dropped = dropped
    }
}
