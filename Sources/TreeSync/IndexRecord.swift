internal import FrameStream

/// One believed fact of a `TreeIndex`.
struct IndexRecord {
    var path: [UInt8]
    /// With inode 0 it matches nothing: the entry was seen in motion.
    var token: ChangeToken
    var flags: UInt32
    var attributes: ByteDigest
    /// `nil` for what is no regular file.
    var content: ByteDigest?
}
