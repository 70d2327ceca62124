internal import CLinux
internal import Crypto
internal import Glibc
internal import Host
internal import SystemPackage

/// Reads frames and, out of them, the fields of messages. Whatever the bytes, it ends in a value or an error.
package struct FrameReader: ~Copyable {
    /// Bytes of stored frames read so far.
    package private(set) var wireBytes: UInt64 = 0

    private let source: any FrameSource
    private let isFile: Bool
    private let frame: UnsafeMutableRawBufferPointer
    private let stored: UnsafeMutableRawBufferPointer
    private var position = 0
    private var end = 0
    /// Decoded bytes before this frame.
    private var base: UInt64 = 0

    package init(_ source: any FrameSource, isFile: Bool) {
        self.source = source
        self.isFile = isFile
        self.frame = .allocate(byteCount: FrameFormat.sizeLimit, alignment: 16)
        self.stored = .allocate(byteCount: FrameFormat.sizeLimit, alignment: 16)
    }

    deinit {
        self.frame.deallocate()
        self.stored.deallocate()
    }

    /// How far the decoded stream was read, in bytes.
    package var offset: UInt64 { self.base + UInt64(self.position) }
    /// True when the current frame holds another message.
    package var hasMore: Bool { self.position < self.end }

    /// Reads the next frame, which replaces what is left of this one.
    ///
    /// - Returns: its kind, or `nil` at the end of the stream.
    package mutating func nextFrame() throws(TransferError) -> FrameFormat.Kind? {
        self.base += UInt64(self.end)
        self.position = 0
        self.end = 0
        let headerSize = FrameFormat.headerSize + (self.isFile ? FrameFormat.checksumSize : 0)
        let header = UnsafeMutableRawBufferPointer(rebasing: self.stored[..<headerSize])
        guard try self.source.fill(header) else { return nil }
        guard let kind = FrameFormat.Kind(rawValue: header[0]) else {
            throw self.undecodable("frame kind \(header[0])")
        }
        let rawCount = Int(UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        let storedCount = Int(UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 5, as: UInt32.self)))
        guard rawCount > 0, rawCount <= self.frame.count, storedCount > 0, storedCount <= rawCount,
            kind == .compressed || storedCount == rawCount
        else { throw self.undecodable("frame of \(storedCount) for \(rawCount) bytes") }
        let checksum = Array(header[FrameFormat.headerSize...])
        let space = kind == .compressed ? self.stored : self.frame
        let body = UnsafeMutableRawBufferPointer(rebasing: space[..<storedCount])
        guard try self.source.fill(body) else { throw TransferError(.connectionLost, operation: "read") }
        if self.isFile, !SHA256.hash(data: UnsafeRawBufferPointer(body)).prefix(checksum.count).elementsEqual(checksum)
        {
            throw self.undecodable("checksum")
        }
        if kind == .compressed {
            let target = UnsafeMutableRawBufferPointer(rebasing: self.frame[..<rawCount])
            guard LZ4Block.decompress(UnsafeRawBufferPointer(body), into: target) else {
                throw self.undecodable("compressed block")
            }
        }
        self.end = rawCount
        self.wireBytes += UInt64(headerSize + storedCount)
        return kind
    }

    /// Makes the error for bytes here that mean nothing.
    package func undecodable(_ what: String) -> TransferError {
        TransferError(.undecodable, operation: "decode", detail: "\(what) at offset \(self.offset)")
    }

    /// Lends the next `count` bytes, valid until the next call.
    package mutating func bytes(_ count: Int) throws(TransferError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= self.end - self.position else { throw self.undecodable("message cut short") }
        let slice = UnsafeRawBufferPointer(rebasing: self.frame[self.position..<(self.position + count)])
        self.position += count
        return slice
    }

    /// Takes all that is left of the frame.
    package mutating func rest() throws(TransferError) -> [UInt8] { Array(try self.bytes(self.end - self.position)) }

    package mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(TransferError) -> T {
        T(littleEndian: try self.bytes(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// Reads bytes that stand behind their own 4-byte count.
    package mutating func counted(limit: Int) throws(TransferError) -> [UInt8] {
        let count = try self.integer(UInt32.self)
        guard count <= limit else { throw self.undecodable("length \(count) over \(limit)") }
        return Array(try self.bytes(Int(count)))
    }

    package mutating func digest() throws(TransferError) -> ByteDigest {
        ByteDigest(try self.bytes(32))
    }
}

/// Reads frames of a connection without looking into them.
package struct RawFrameReader: ~Copyable {
    /// One frame, lent until the next is read.
    package struct Frame {
        package let kind: FrameFormat.Kind
        /// Header and payload.
        package let bytes: UnsafeRawBufferPointer

        package var payload: [UInt8] { Array(self.bytes.dropFirst(FrameFormat.headerSize)) }
    }

    private let source: any FrameSource
    private let buffer: UnsafeMutableRawBufferPointer
    private var offset: UInt64 = 0

    package init(_ source: any FrameSource) {
        self.source = source
        self.buffer = .allocate(byteCount: FrameFormat.headerSize + FrameFormat.sizeLimit, alignment: 16)
    }

    deinit { self.buffer.deallocate() }

    /// - Returns: `nil` at the end of the stream.
    package mutating func next() throws(TransferError) -> Frame? {
        let head = UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<FrameFormat.headerSize])
        guard try self.source.fill(head) else { return nil }
        let stored = Int(UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 5, as: UInt32.self)))
        guard let kind = FrameFormat.Kind(rawValue: head[0]), stored <= FrameFormat.sizeLimit else {
            throw TransferError(
                .undecodable, operation: "decode", detail: "frame header at offset \(self.offset) of the connection")
        }
        let body = UnsafeMutableRawBufferPointer(rebasing: self.buffer[FrameFormat.headerSize...].prefix(stored))
        if stored > 0, try !self.source.fill(body) { throw TransferError(.connectionLost, operation: "read") }
        self.offset += UInt64(FrameFormat.headerSize + stored)
        let whole = self.buffer[..<(FrameFormat.headerSize + stored)]
        return Frame(kind: kind, bytes: UnsafeRawBufferPointer(rebasing: whole))
    }
}

/// Where a frame reader gets its bytes from.
package protocol FrameSource: AnyObject {
    /// Fills all of `buffer`.
    ///
    /// - Returns: false when the stream had ended before the first byte.
    /// - Throws: `connectionLost` when it ends in between.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Bool
}

/// Bytes of a descriptor that somebody else owns: a connection or an index file.
package final class DescriptorSource: FrameSource {
    private let number: Int32
    private let watch: PassWatch

    package init(_ number: Int32, watch: PassWatch) {
        self.number = number
        self.watch = watch
    }

    package func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Bool {
        var done = 0
        while done < buffer.count {
            try self.watch.check()
            guard vz_wait_ready(self.number, 0, 100) != 0 else { continue }
            let count = read(self.number, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count > 0 {
                done += count
            } else if count == 0 {
                if done == 0 { return false }
                throw TransferError(.connectionLost, operation: "read")
            } else {
                switch Errno.last {
                case .interrupted, .resourceTemporarilyUnavailable: continue
                case .connectionReset: throw TransferError(.connectionLost, operation: "read")
                case let code: throw TransferError.system(code, "read", [])
                }
            }
        }
        return true
    }
}
