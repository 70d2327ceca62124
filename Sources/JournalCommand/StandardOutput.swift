internal import Glibc

/// Descriptor 1. A reader that goes away (`| head`) ends the output and is no failure.
enum StandardOutput {
    /// Expects SIGPIPE to be ignored. What cannot be written for another reason is a failure.
    static func write(_ text: String) throws(JournalFailure) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno == EPIPE {
                return
            } else if errno != EINTR {
                throw JournalFailure(.unreadable, "Could not write to the standard output: error \(errno).")
            }
        }
    }
}
