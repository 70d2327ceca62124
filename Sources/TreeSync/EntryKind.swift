internal import CLinux
internal import Glibc

/// The kinds of things a directory can hold.
package enum EntryKind: UInt8, Hashable, Sendable {
    case regular = 1, directory = 2, symlink = 3, characterDevice = 4, blockDevice = 5, fifo = 6, socket = 7

    /// - Returns: `nil` for a format that Linux does not have.
    init?(format: UInt32) {
        switch format {
        case UInt32(S_IFREG): self = .regular
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .symlink
        case UInt32(S_IFCHR): self = .characterDevice
        case UInt32(S_IFBLK): self = .blockDevice
        case UInt32(S_IFIFO): self = .fifo
        case UInt32(S_IFSOCK): self = .socket
        default: return nil
        }
    }

    /// The `S_IFMT` bits.
    var format: UInt32 {
        switch self {
        case .regular: UInt32(S_IFREG)
        case .directory: UInt32(S_IFDIR)
        case .symlink: UInt32(S_IFLNK)
        case .characterDevice: UInt32(S_IFCHR)
        case .blockDevice: UInt32(S_IFBLK)
        case .fifo: UInt32(S_IFIFO)
        case .socket: UInt32(S_IFSOCK)
        }
    }

    /// True for the kinds whose inode flags (chattr) can be read without waking a device.
    var hasFlags: Bool { self == .regular || self == .directory }
}
