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
