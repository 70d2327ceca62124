internal import Glibc

/// A program that a test starts, talks to over pipes, and kills when the test is over.
package final class ChildProgram {
    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private var hasEnded = false

    /// - Parameter words: The program, found through PATH, and its arguments.
    package init(_ words: String...) {
        var forInput: [Int32] = [-1, -1]
        var forOutput: [Int32] = [-1, -1]
        guard pipe(&forInput) == 0, pipe(&forOutput) == 0 else {
            preconditionFailure("pipe failed with errno \(errno)")
        }
        for end in forInput + forOutput { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        posix_spawn_file_actions_adddup2(&files, forInput[0], 0)
        posix_spawn_file_actions_adddup2(&files, forOutput[1], 1)
        var arguments = words.map { strdup($0) } + [nil]
        var process: pid_t = 0
        let code = posix_spawnp(&process, words[0], &files, nil, &arguments, environ)
        arguments.forEach { free($0) }
        posix_spawn_file_actions_destroy(&files)
        close(forInput[0])
        close(forOutput[1])
        precondition(code == 0, "could not start \(words[0]): errno \(code)")
        self.process = process
        self.input = forInput[1]
        self.output = forOutput[0]
    }

    deinit {
        if !self.hasEnded { self.kill() }
        close(self.input)
        close(self.output)
    }

    package var identifier: Int32 { self.process }

    /// One line of what it prints; waits for it. Empty at the end.
    package func line() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(self.output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func kill() {
        _ = Glibc.kill(self.process, SIGKILL)
        _ = self.exitStatus()
    }

    /// Waits for its end. 128 and more for a signal, as a shell has it.
    package func exitStatus() -> Int32 {
        var status: Int32 = 0
        while waitpid(self.process, &status, 0) < 0, errno == EINTR {}
        self.hasEnded = true
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}
