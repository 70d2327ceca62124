internal import Glibc
internal import SystemPackage

/// The two pipes between a caller and a channel. Our ends do not block; the caller's ends do.
struct ProgramPipes {
    /// Big enough that a pump's turn carries more than one packet. Over `pipe-max-size` it stays at 64 KiB.
    private static let capacity: Int32 = 1 << 20

    /// `F_SETPIPE_SZ`, which the Glibc module does not show. See: man 2 fcntl.
    private static let setPipeSize: Int32 = 1031

    let ends: ProgramRequest.Ends
    /// Where the pump reads what the caller writes.
    let fromCaller: Int32
    /// Where the pump writes what the caller reads.
    let toCaller: Int32

    init() throws(Errno) {
        let input = try Pipe()
        let output: Pipe
        do {
            output = try Pipe()
        } catch {
            input.close()
            throw error
        }
        self.ends = ProgramRequest.Ends(
            input: FileDescriptor(rawValue: input.writeEnd), output: FileDescriptor(rawValue: output.readEnd))
        self.fromCaller = input.readEnd
        self.toCaller = output.writeEnd
        for descriptor in [self.fromCaller, self.toCaller] {
            Pipe.unblock(descriptor)
            _ = fcntl(descriptor, Self.setPipeSize, Self.capacity)
        }
    }
}
