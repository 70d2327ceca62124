internal import CLinux
internal import Crypto
internal import Glibc
internal import Host
internal import SystemPackage

/// Reads what is allocated of a regular file, in order, in pieces that begin on a 4 KiB block and lie within one
/// window of 256 KiB; holes and preallocated space that was never written are left out.
struct ContentReader: ~Copyable {
    private let file: OwnedDescriptor
    private let size: UInt64
    private let buffer: UnsafeMutableRawBufferPointer
    private var position: UInt64 = 0
    /// The end of the extent that `position` lies in; equal to it between extents.
    private var extentEnd: UInt64 = 0
    /// Where the file turned out to end while it was read; `nil` while it is as long as it was.
    private(set) var shrunkTo: UInt64?

    /// - Parameters:
    ///   - entry: an `O_PATH` handle that is known to be a regular file, so that opening it starts nothing.
    ///   - size: its size; what is written beyond it meanwhile is left for the next pass.
    /// - Throws: `Errno` of the second opening, for reading.
    init(_ entry: borrowing OwnedDescriptor, size: UInt64) throws(Errno) {
        let flags = O_RDONLY | O_NONBLOCK | vz_o_noatime
        self.file = try OwnedDescriptor.checked(vz_reopen(entry.number, flags))
        self.size = size
        self.buffer = .allocate(byteCount: FrameFormat.dataLimit, alignment: 4096)
    }

    deinit { self.buffer.deallocate() }

    /// The open file itself.
    var number: Int32 { self.file.number }

    /// Reads the next piece.
    ///
    /// - Returns: its offset and its bytes, lent until the next call; `nil` at the end.
    mutating func next() throws(Errno) -> (offset: UInt64, bytes: UnsafeRawBufferPointer)? {
        guard self.shrunkTo == nil, try self.findExtent() else { return nil }
        let offset = self.position
        let window = UInt64(FrameFormat.dataLimit)
        let end = min(self.extentEnd, (offset / window + 1) * window)
        var count = 0
        while count < Int(end - offset) {
            let result = pread(
                self.file.number, self.buffer.baseAddress?.advanced(by: count), Int(end - offset) - count,
                Int(offset) + count)
            if result < 0 {
                if Errno.last == .interrupted { continue }
                throw Errno.last
            }
            if result == 0 { break }
            count += result
        }
        if count < Int(end - offset) { self.shrunkTo = offset + UInt64(count) }
        self.position = end
        return count == 0 ? nil : (offset, UnsafeRawBufferPointer(rebasing: self.buffer[..<count]))
    }

    private mutating func findExtent() throws(Errno) -> Bool {
        if self.position < self.extentEnd { return true }
        guard self.position < self.size else { return false }
        let block = UInt64(ContentHasher.blockSize)
        let data = vz_seek_data(self.file.number, Int64(self.position))
        if data < 0 {
            // ENXIO: only a hole is left.
            if Errno.last == .noSuchAddressOrDevice { return false }
            throw Errno.last
        }
        let hole = vz_seek_hole(self.file.number, data)
        guard hole >= 0 else { throw Errno.last }
        self.position = max(self.position, UInt64(data) / block * block)
        self.extentEnd = min(self.size, (UInt64(hole) + block - 1) / block * block)
        return self.position < self.extentEnd
    }

    /// Digests a whole file without sending it.
    static func digest(
        of entry: borrowing OwnedDescriptor, size: UInt64, path: [UInt8], watch: PassWatch
    ) throws(TransferError) -> ByteDigest {
        var reader: ContentReader
        do { reader = try ContentReader(entry, size: size) } catch { throw .system(error, "open", path) }
        var hasher = ContentHasher()
        while true {
            let piece: (offset: UInt64, bytes: UnsafeRawBufferPointer)?
            do { piece = try reader.next() } catch { throw .system(error, "read", path) }
            guard let piece else { break }
            hasher.add(offset: piece.offset, piece.bytes)
            try watch.check()
        }
        return hasher.finish(size: reader.shrunkTo ?? size)
    }
}

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
