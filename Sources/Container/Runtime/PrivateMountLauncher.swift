internal import CLinux
internal import Glibc
internal import Host

/// Runs a program that sees one file in the place of another, while everybody else goes on seeing the other.
///
/// So runc can create or restore a container from a fenced bundle: the bundle path that it remembers is the final
/// one, and at no moment is the fence down on disk.
package enum PrivateMountLauncher {
    /// The verb of `vzmigrate-agent` that comes here.
    package static let verb = "with-config"

    /// Becomes `program`: called as `with-config FILE TARGET -- PROGRAM ARGUMENT...`, without the verb itself.
    /// - Returns: the exit status after a failure, whose sentence is on standard error; it does not return otherwise.
    package static func main(_ arguments: [String]) -> Int32 {
        guard arguments.count >= 4, arguments[2] == "--" else {
            self.say("usage: \(self.verb) FILE TARGET -- PROGRAM [ARGUMENT]...")
            return 1
        }
        var failed: UnsafePointer<CChar>?
        let failure = vz_private_bind(arguments[0], arguments[1], &failed)
        guard failure == 0 else {
            let call = failed.map { String(cString: $0) } ?? "mount"
            self.say(
                "could not put \(arguments[0]) in the place of \(arguments[1]): \(call): \(SystemFailure(failure))")
            return 1
        }
        let program = Array(arguments[3...])
        guard let path = HostProgram.find(program[0]) else {
            self.say("\(HostProgramError.missing(program: program[0]))")
            return 127
        }
        self.become(path, program)
        self.say("could not run \(path): \(SystemFailure(errno))")
        return 126
    }

    /// The mask of this thread, in which Swift's runtime blocks most signals, would be the container's for good.
    private static func become(_ path: String, _ arguments: [String]) {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let pointers = arguments.map { strdup($0) } + [nil]
        execv(path, pointers)
    }

    private static func say(_ sentence: String) {
        let line = Array("vzmigrate-agent: \(sentence)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
