internal import CLZ4

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
