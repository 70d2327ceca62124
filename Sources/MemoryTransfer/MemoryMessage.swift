/// What the sender of memory says: of each pass `begin`, then the processes one after the other, then `end`.
///
/// Numbers are little endian. Addresses of one process ascend.
enum MemoryMessage: UInt8 {
    /// Protocol version, number of the pass (1, 2, ...), whether it is the last.
    case begin = 1
    /// The process's number inside the container, and the number of its pages image.
    case process = 2
    /// Address, count: these pages are as they were in the pass before.
    case known = 3
    /// Address, count, content: at most `pagesLimit` pages.
    case pages = 4
    /// The digest of all pages of all processes. The receiver answers with its own.
    case end = 5
    /// Address, count: these pages are not sent; the destination fetches them when the container runs there.
    case following = 6

    /// Counts up with every change that an older side would not understand.
    static let protocolVersion: UInt32 = 2
    /// The most pages in one message.
    static let pagesLimit = 64
}
