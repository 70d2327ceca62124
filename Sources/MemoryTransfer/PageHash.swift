internal import CLinux

/// What a page is known by: 128 bits of XXH3 over its content.
///
/// It is no secret and no proof against whoever chooses both of two pages: a container that makes two of its own pages
/// collide deceives itself alone. SSH proves that nobody else had a hand in the stream.
struct PageHash: Hashable, Sendable {
    /// 4096 on every architecture whose images this version reads.
    static let pageSize = 4096

    /// Stands in digests for a page that follows later.
    static let following = PageHash(low: 0, high: 0)

    let low: UInt64
    let high: UInt64

    private init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

    /// - Parameter page: where its first byte is.
    init(of page: UnsafeRawPointer) {
        let hash = vz_hash_page(page)
        (self.low, self.high) = (hash.low, hash.high)
    }
}
