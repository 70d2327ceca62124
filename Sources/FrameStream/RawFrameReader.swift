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
