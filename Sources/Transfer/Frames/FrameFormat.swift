internal import CLZ4
internal import HandOver

/// How bytes are cut into frames: kind (1 byte), length before compression (4), length as stored (4), little endian,
/// in files a checksum (8), then the stored bytes.
///
/// Index files and both directions of the wire use the same frames. The checksum is the start of the SHA-256 of the
/// stored bytes; the wire has none, for SSH authenticates what it carries.
package enum FrameFormat {
    /// What the bytes of a frame are.
    package enum Kind: UInt8 {
        /// Messages, compressed with LZ4.
        case compressed = 1
        /// Messages as they are.
        case raw = 2
        /// The last frame of a direction: this side failed and says why.
        case failed = 3
        /// The last frame from the receiver: what it holds now.
        case reply = 4
    }

    /// The largest frame before compression, in bytes. It bounds every buffer.
    package static let sizeLimit = 640 << 10
    /// A frame is sent once it holds so many bytes.
    package static let sizeWanted = 256 << 10
    package static let headerSize = 9
    package static let checksumSize = 8
    /// The most bytes of content in one message, and the alignment of their windows.
    package static let dataLimit = 256 << 10
}

/// The bytes of one message under construction: fixed-width little-endian integers, and byte strings behind a
/// 4-byte count.
package struct MessageBytes {
    package private(set) var bytes: [UInt8] = []

    package init(_ tag: UInt8? = nil) {
        self.bytes.reserveCapacity(192)
        if let tag { self.bytes.append(tag) }
    }

    package mutating func add<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    package mutating func add(counted value: [UInt8]) {
        self.add(UInt32(value.count))
        self.bytes.append(contentsOf: value)
    }

    package mutating func add(_ digest: ByteDigest) {
        withUnsafeBytes(of: digest.words) { self.bytes.append(contentsOf: $0) }
    }
}

/// 32 bytes of SHA-256, held in place so that a million of them cost no allocation.
package struct ByteDigest: Hashable, Sendable {
    /// The bytes, eight a word, in memory order.
    package var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// All zeros: what an entry without extended attributes has.
    package static let zero = ByteDigest()

    /// Takes the first 32 of `bytes`; fewer leave zeros.
    package init(_ bytes: some Sequence<UInt8>) {
        withUnsafeMutableBytes(of: &self.words) { target in
            for (index, byte) in bytes.prefix(32).enumerated() { target[index] = byte }
        }
    }

    /// Makes the zero digest.
    package init() {}

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: self.words) { Array($0) } }

    /// 64 lower-case digits.
    package var hex: String { Hexadecimal.text(self.bytes) }

    package static func == (left: ByteDigest, right: ByteDigest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.words.0) }
}

/// One block of bytes, compressed on its own with LZ4 where that makes it smaller.
///
/// The format of the block is LZ4's own, without a header: who frames it keeps both lengths and whether it is raw.
/// See: lz4.h of liblz4.
package enum LZ4Block {
    /// The largest block, in bytes before compression, that either direction takes.
    package static let sizeLimit = 4 << 20

    /// Bytes that `compress` may need for `count` bytes: a little more than the input.
    package static func compressedBound(_ count: Int) -> Int {
        Int(LZ4_compressBound(Int32(count)))
    }

    /// Compresses `input` into `output`.
    ///
    /// - Returns: how many bytes of `output` it filled, or `nil` when the block should travel raw: it is empty,
    ///   over the limit, or would shrink by less than one part in sixteen.
    package static func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard let source = input.baseAddress, let target = output.baseAddress, !input.isEmpty else { return nil }
        guard input.count <= self.sizeLimit else { return nil }
        let room = min(output.count, input.count - input.count / 16)
        let count = LZ4_compress_default(
            source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self),
            Int32(input.count), Int32(room))
        return count > 0 ? Int(count) : nil
    }

    /// Decompresses `input`, which came from elsewhere, into exactly the whole of `output`.
    ///
    /// - Returns: false when `input` is damaged or holds another length than `output`; nothing outside `output` is
    ///   ever written, whatever the bytes.
    package static func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let source = input.baseAddress, let target = output.baseAddress else { return false }
        guard input.count <= self.sizeLimit, output.count <= self.sizeLimit else { return false }
        let count = LZ4_decompress_safe(
            source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self),
            Int32(input.count), Int32(output.count))
        return Int(count) == output.count
    }
}
