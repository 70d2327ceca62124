internal import CLinux
internal import Crypto
internal import Glibc
internal import Host
internal import SystemPackage

/// Collects messages into frames and writes those to a descriptor that somebody else owns.
///
/// Writes to a connection never block for longer than a tenth of a second without asking the watch, so a pass can be
/// cancelled while the other side reads nothing.
package struct FrameWriter: ~Copyable {
    /// Bytes of messages so far, before compression.
    package private(set) var rawBytes: UInt64 = 0
    /// Bytes written so far.
    package private(set) var wireBytes: UInt64 = 0

    private let number: Int32
    private let isFile: Bool
    private var watch: PassWatch
    /// What a write that was given up left of its frame.
    private var unsent = 0..<0
    private let pending: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer
    private var used = 0

    /// - Parameters:
    ///   - number: a descriptor that stays open as long as this value lives.
    ///   - isFile: true for an index file: frames get checksums, and writes wait.
    ///   - watch: ends a write that waits, counts what was written, and holds it down to a bandwidth.
    package init(to number: Int32, isFile: Bool, watch: PassWatch) {
        self.number = number
        self.isFile = isFile
        self.watch = watch
        self.pending = .allocate(byteCount: FrameFormat.sizeLimit, alignment: 16)
        self.output = .allocate(
            byteCount: LZ4Block.compressedBound(FrameFormat.sizeLimit) + 32, alignment: 16)
    }

    deinit {
        self.pending.deallocate()
        self.output.deallocate()
    }

    /// Adds one whole message, which never lies across two frames.
    package mutating func append(_ message: [UInt8]) throws(TransferError) {
        try self.append(message, UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Adds one whole message that ends in `bytes`.
    package mutating func append(_ head: [UInt8], _ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        let count = head.count + bytes.count
        precondition(count <= FrameFormat.sizeLimit, "a message of \(count) bytes fits no frame")
        if self.used + count > FrameFormat.sizeLimit { try self.flush() }
        head.withUnsafeBytes { self.pending.baseAddress?.advanced(by: self.used).copy($0) }
        self.pending.baseAddress?.advanced(by: self.used + head.count).copy(bytes)
        self.used += count
        self.rawBytes += UInt64(count)
        if self.used >= FrameFormat.sizeWanted { try self.flush() }
    }

    /// Writes what was collected, if anything.
    package mutating func flush() throws(TransferError) {
        guard self.used > 0 else { return }
        let raw = UnsafeRawBufferPointer(rebasing: self.pending[..<self.used])
        self.used = 0
        let head = self.headerSize
        if let count = LZ4Block.compress(raw, into: UnsafeMutableRawBufferPointer(rebasing: self.output[head...])) {
            try self.writeFrame(.compressed, rawCount: raw.count, storedCount: count)
        } else {
            self.output.baseAddress?.advanced(by: head).copy(raw)
            try self.writeFrame(.raw, rawCount: raw.count, storedCount: raw.count)
        }
    }

    /// Writes what was collected and then `payload` as a frame of its own, which is the last one.
    package mutating func finish(_ kind: FrameFormat.Kind, _ payload: [UInt8]) throws(TransferError) {
        try self.flush()
        payload.withUnsafeBytes { self.output.baseAddress?.advanced(by: self.headerSize).copy($0) }
        try self.writeFrame(kind, rawCount: payload.count, storedCount: payload.count)
    }

    /// Completes a frame that a given-up write left in pieces, drops what was collected, and says why this side ends.
    /// Without an error only the frame is completed, because somebody else will speak.
    package mutating func abandon(_ error: TransferError?) throws(TransferError) {
        self.used = 0
        self.watch = PassWatch(seconds: 5)
        try self.writeUnsent()
        if let error { try self.finish(.failed, error.encoded) }
    }

    private var headerSize: Int { FrameFormat.headerSize + (self.isFile ? FrameFormat.checksumSize : 0) }

    private mutating func writeFrame(
        _ kind: FrameFormat.Kind, rawCount: Int, storedCount: Int
    ) throws(TransferError) {
        self.output[0] = kind.rawValue
        self.output.storeBytes(of: UInt32(rawCount).littleEndian, toByteOffset: 1, as: UInt32.self)
        self.output.storeBytes(of: UInt32(storedCount).littleEndian, toByteOffset: 5, as: UInt32.self)
        let whole = UnsafeRawBufferPointer(rebasing: self.output[..<(self.headerSize + storedCount)])
        if self.isFile {
            let stored = UnsafeRawBufferPointer(rebasing: whole[self.headerSize...])
            for (index, byte) in SHA256.hash(data: stored).prefix(FrameFormat.checksumSize).enumerated() {
                self.output[FrameFormat.headerSize + index] = byte
            }
        }
        self.unsent = 0..<whole.count
        try self.writeUnsent()
        self.wireBytes += UInt64(whole.count)
        if !self.isFile { try self.watch.wrote(raw: rawCount, wire: whole.count) }
    }

    private mutating func writeUnsent() throws(TransferError) {
        while !self.unsent.isEmpty {
            try self.watch.check()
            let start = self.output.baseAddress?.advanced(by: self.unsent.lowerBound)
            let count =
                self.isFile
                ? write(self.number, start, self.unsent.count) : vz_write_some(self.number, start, self.unsent.count)
            if count > 0 {
                self.unsent = (self.unsent.lowerBound + count)..<self.unsent.upperBound
                continue
            }
            switch Errno.last {
            case .interrupted where count < 0: continue
            case .resourceTemporarilyUnavailable where count < 0: _ = vz_wait_ready(self.number, 1, 100)
            case .brokenPipe, .connectionReset: throw TransferError(.connectionLost, operation: "write")
            case let code: throw TransferError.system(code, "write", [])
            }
        }
    }
}

extension UnsafeMutableRawPointer {
    /// Copies all of `bytes` to here.
    fileprivate func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        self.copyMemory(from: source, byteCount: bytes.count)
    }
}
