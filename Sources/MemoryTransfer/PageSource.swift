internal import FrameStream

/// A run of pages that a process may have.
struct PageRun: Hashable {
    /// Of its first page.
    var address: UInt64
    var pageCount: UInt64
    /// Whether they may be other ones than in the pass before.
    var mayHaveChanged = true
    /// Whether they stay in a process that stands still, from where they can follow later.
    var mayFollow = false

    /// Behind its last page.
    var end: UInt64 { self.address + self.pageCount * UInt64(PageHash.pageSize) }
}

/// Where the pages of one process come from.
protocol PageSource: AnyObject {
    /// Whose pages they are.
    var memory: MemoryProcess { get }
    /// The number of its pages image.
    var pagesID: UInt32 { get }

    /// The next run, in ascending order; `nil` at the end.
    func next() throws(TransferError) -> PageRun?

    /// Reads pages of the run that `next` gave last, in ascending order.
    ///
    /// - Parameters:
    ///   - address: of the first.
    ///   - buffer: takes whole pages.
    /// - Returns: bytes read; fewer than asked for where a page is not there any more, 0 where that is the first one.
    /// - Throws: where a page has to be there and is not.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int
}
