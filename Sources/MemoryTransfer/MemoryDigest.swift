internal import Crypto
internal import FrameStream

/// The digest of a whole memory: SHA-256 over each process's number, and each page's address and hash.
///
/// Both sides take it from what they hold, known pages included, so it says the same only if they hold the same.
struct MemoryDigest {
    private var hasher = SHA256()

    mutating func begin(process: UInt32) {
        self.add(UInt64.max)
        self.add(UInt64(process))
    }

    mutating func add(_ address: UInt64, _ hash: PageHash) {
        withUnsafeBytes(of: (address.littleEndian, hash.low.littleEndian, hash.high.littleEndian)) {
            self.hasher.update(bufferPointer: $0)
        }
    }

    func finish() -> ByteDigest { ByteDigest(self.hasher.finalize()) }

    private mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { self.hasher.update(bufferPointer: $0) }
    }
}
