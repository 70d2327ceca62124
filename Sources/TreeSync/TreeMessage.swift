internal import FrameStream

/// What the sender says, in walk order, between `begin` and `trailer`; and what the receiver's inventory says.
///
/// After `create` and `update` come `attribute` messages up to `attributesEnd`, and after a `create` of a regular file
/// `data` messages up to `contentEnd`. A later version may send only the changed blocks of a file: as a further tag
/// beside `create`, followed by the same `data`.
enum TreeMessage: UInt8 {
    /// Protocol version, pass.
    case begin = 1
    /// An entry to be made anew, whatever was there.
    case create = 2
    /// An entry whose content stays and whose metadata is set.
    case update = 3
    /// A path, and the path of an earlier name of the same inode.
    case link = 4
    /// A path that goes, with all below it.
    case remove = 5
    case attribute = 6
    case attributesEnd = 7
    /// An offset, and bytes up to `FrameFormat.dataLimit`.
    case data = 8
    /// The size and the digest of the content.
    case contentEnd = 9
    /// Digest of the tree, files, directories: the sender's last word.
    case trailer = 10
    /// An entry that the receiver holds.
    case held = 11
    /// The receiver holds nothing more.
    case heldEnd = 12

    /// Counts up with every change that an older side would not understand.
    static let protocolVersion: UInt32 = 2
}
