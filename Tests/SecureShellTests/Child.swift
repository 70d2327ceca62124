internal import Glibc
internal import SystemPackage

/// A child process with clean signals, known by its id; whoever starts it ends it.
struct Child {
    struct Failed: Error {
        let program: String
        let status: Int32
    }

    let id: pid_t

    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - output: the child's standard output; its standard input is empty.
    ///   - environment: lines of `NAME=value` that stand before our own.
    /// - Throws: `Errno` when the program cannot be started.
    init(_ command: [String], output: Int32 = 1, environment: [String] = []) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if output != 1 { posix_spawn_file_actions_adddup2(&actions, output, 1) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let own = sequence(state: environ) { pointer in
            defer { pointer += 1 }
            return pointer.pointee
        }
        var variables = environment.map { strdup($0) } + own.map { strdup($0) } + [nil]
        defer { for variable in variables { free(variable) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, command[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw Errno(rawValue: code) }
        self.id = id
    }

    /// Waits for the end.
    ///
    /// - Returns: the status as waitpid(2) gives it.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(self.id, &status, 0) < 0, errno == EINTR {}
        return status
    }

    func end() {
        kill(self.id, SIGTERM)
        self.wait()
    }
}

/// Runs a program to its end and hands back its standard output, which must fit into a pipe.
@discardableResult
func run(_ command: String..., environment: [String] = []) throws -> String {
    let pipe = try FileDescriptor.pipe()
    for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    defer { try? pipe.readEnd.close() }
    let child = try Child(command, output: pipe.writeEnd.rawValue, environment: environment)
    try pipe.writeEnd.close()
    let status = child.wait()
    guard status == 0 else { throw Child.Failed(program: command[0], status: status) }
    var output = [UInt8](repeating: 0, count: 65536)
    let count = try output.withUnsafeMutableBytes { try pipe.readEnd.read(into: $0) }
    return String(decoding: output.prefix(count), as: UTF8.self)
}
