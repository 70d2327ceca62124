internal import CLinux
internal import Glibc
internal import SystemPackage

/// A pipe whose ends no child process inherits.
struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(Errno) {
        var (reading, writing): (Int32, Int32) = (-1, -1)
        guard vz_pipe(&reading, &writing) == 0 else { throw Errno(rawValue: errno) }
        self.readEnd = reading
        self.writeEnd = writing
    }

    func close() {
        Glibc.close(self.readEnd)
        Glibc.close(self.writeEnd)
    }

    /// Lets calls on one end return `EAGAIN` rather than block. The other end is not touched.
    ///
    /// - Parameter descriptor: an end of a pipe.
    static func unblock(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
}
