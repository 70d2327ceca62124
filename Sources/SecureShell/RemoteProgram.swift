package import SystemPackage

/// A program on the other server, seen as a pair of descriptors.
///
/// The caller owns both descriptors and closes each of them once. Closing `input` is the end of the program's standard
/// input, while `output` goes on. Closing `output` early throws away what the program still writes.
/// When the program, the session or the link ends, `output` reads as ended and writing `input` fails with `EPIPE`.
package final class RemoteProgram: Sendable {
    /// What is written here arrives at the program's standard input. Blocks while the far side does not read.
    package let input: FileDescriptor
    /// What the program writes to its standard output.
    package let output: FileDescriptor
    private let request: ProgramRequest
    /// Ends the channel. It also keeps the session open for as long as one of its programs is held.
    private let hangUp: @Sendable () -> Void

    init(request: ProgramRequest, ends: ProgramRequest.Ends, hangUp: @escaping @Sendable () -> Void) {
        self.input = ends.input
        self.output = ends.output
        self.request = request
        self.hangUp = hangUp
    }

    /// The last 64 KiB that the program wrote to its standard error, for messages.
    package var standardErrorTail: String { self.request.errors.text }

    /// Waits for the end of the program.
    ///
    /// It comes only after the whole output was taken, so read `output` to its end, or close it, before.
    ///
    /// - Returns: the status, the signal, or the error that took the link away.
    package func exit() async -> RemoteExit {
        await self.request.exit.value
    }

    /// Waits for the end of a program that ought to end now, and closes it where it does not.
    ///
    /// - Parameter patience: how long it may take.
    /// - Returns: as `exit()`.
    package func exit(within patience: Duration) async -> RemoteExit {
        let closing = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            self.close()
        }
        defer { closing.cancel() }
        return await self.exit()
    }

    /// Ends the channel now; the server hangs up on the program. The descriptors stay the caller's to close.
    package func close() {
        self.hangUp()
    }
}
