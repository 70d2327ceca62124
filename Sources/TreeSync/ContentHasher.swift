internal import CLinux
internal import Crypto
internal import FrameStream
internal import Glibc

/// Digests the content of a file in one way whatever its holes: SHA-256 over every 4 KiB block that is not all zeros,
/// behind its offset, and at last the size. So a hole and written zeros are the same content.
struct ContentHasher {
    /// Offsets of what is added are multiples of this, and so are lengths, except at the end of the file.
    static let blockSize = 4096
    /// The digest of no content.
    static let empty = ContentHasher().finish(size: 0)

    private var hasher = SHA256()

    /// Adds bytes that lie at `offset`, beyond whatever was added before.
    mutating func add(offset: UInt64, _ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count {
            let end = min(position + Self.blockSize, bytes.count)
            let block = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            if vz_is_zero(block.baseAddress, block.count) == 0 {
                withUnsafeBytes(of: (offset + UInt64(position)).littleEndian) {
                    self.hasher.update(bufferPointer: $0)
                }
                self.hasher.update(bufferPointer: block)
            }
            position = end
        }
    }

    /// The digest of the file, whose whole length in bytes is `size`.
    func finish(size: UInt64) -> ByteDigest {
        var last = self.hasher
        withUnsafeBytes(of: (UInt64.max, size.littleEndian)) { last.update(bufferPointer: $0) }
        return ByteDigest(last.finalize())
    }
}
