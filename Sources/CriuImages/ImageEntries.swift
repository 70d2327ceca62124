/// The entries of one of CRIU's images: two magic words, then messages, each behind its length in four bytes.
///
/// All numbers are little endian. See: CRIU's criu/image.c and include/protobuf.h.
package struct ImageEntries {
    /// IMG_COMMON_MAGIC in CRIU's include/magic.h: every image but the inventory starts with it.
    static let commonMagic: UInt32 = 0x5456_4319
    /// CORE_MAGIC.
    package static let coreMagic: UInt32 = 0x5505_3847

    private var rest: ArraySlice<UInt8>

    /// - Parameters:
    ///   - image: all bytes of it.
    ///   - magic: the second word, which says what kind of image it is.
    /// - Throws: where it is no image of that kind.
    package init(_ image: [UInt8], magic: UInt32) throws(ImageError) {
        guard image.starts(with: Self.head(magic)) else {
            throw ImageError(problem: image.count < 8 ? "it is cut short" : "it does not start as CRIU's images do")
        }
        self.rest = image[8...]
    }

    /// The next message; `nil` at the end.
    package mutating func next() throws(ImageError) -> ArraySlice<UInt8>? {
        guard !self.rest.isEmpty else { return nil }
        guard self.rest.count >= 4 else { throw ImageError(problem: "it is cut short") }
        let length = self.rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        self.rest = self.rest.dropFirst(4)
        guard length <= self.rest.count else { throw ImageError(problem: "it is cut short") }
        defer { self.rest = self.rest.dropFirst(length) }
        return self.rest.prefix(length)
    }

    /// What an image of that kind starts with.
    static func head(_ magic: UInt32) -> [UInt8] {
        [self.commonMagic, magic].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }
}
