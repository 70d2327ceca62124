internal import Glibc

/// The system's words for an `errno`, and ours for whoever has to do something about it.
enum SystemError {
    /// A sentence.
    static func advice(_ code: Int32) -> String {
        switch code {
        case EROFS: "Mount its file system for writing."
        case EACCES, EPERM: "Its owner and mode, or an attribute (lsattr), forbid it."
        case ENOSPC, EDQUOT: "Make room there."
        case ELOOP: "It is a symbolic link; put what it leads to in its place."
        case ENOTDIR, EISDIR: "Move away what has that name and is something else."
        case EIO: "Look at the disk (dmesg)."
        default: "Mend that, then run the same again."
        }
    }

    static func message(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI variant: 0 for success, and the text in the buffer. See: 'man 3 strerror_r'.
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
