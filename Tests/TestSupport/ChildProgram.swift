internal import CLinux
internal import Glibc
internal import Host

/// A program that a test starts, talks to over pipes, and kills when the test is over.
///
/// It has a session of its own, clean signals and no descriptor but its three, so that no other test's pipe stays open
/// because of it. What it writes to its standard error is kept, however much it is.
package final class ChildProgram: Sendable {
    package let identifier: Int32
    private let input: Int32
    private let output: Int32
    private let errors: Int32
    private let ending: Ending

    /// The words are the program, found through PATH, and its arguments; the environment is lines of `NAME=value` that
    /// stand before this process's own.
    package convenience init(_ words: String..., environment: [String] = []) {
        self.init(words, environment: environment)
    }

    /// Unless it has an input, a pipe that nobody writes to, its standard input is empty.
    package init(_ words: [String], environment: [String] = [], hasInput: Bool = true) {
        guard let program = words.first, let path = HostProgram.find(program) else {
            preconditionFailure("no such program: \(words)")
        }
        let (theirInput, ourInput) = hasInput ? Self.pipe() : (open("/dev/null", O_RDONLY | O_CLOEXEC), -1)
        let (ourOutput, theirOutput) = Self.pipe()
        let errors = vz_memory_file("errors")
        var request = vz_spawn_request()
        (request.input, request.output, request.error) = (theirInput, theirOutput, errors)
        var identifier: pid_t = 0
        var arguments = words.map { strdup($0) } + [nil]
        var variables = (environment + Self.environment).map { strdup($0) } + [nil]
        let code = path.withCString { path in
            arguments.withUnsafeMutableBufferPointer { arguments in
                variables.withUnsafeMutableBufferPointer { variables in
                    request.path = path
                    request.arguments = UnsafePointer(arguments.baseAddress)
                    request.environment = UnsafePointer(variables.baseAddress)
                    return vz_spawn(&request, &identifier)
                }
            }
        }
        for string in arguments + variables { free(string) }
        close(theirInput)
        close(theirOutput)
        precondition(code == 0, "could not start \(words): errno \(code)")
        self.identifier = identifier
        (self.input, self.output, self.errors) = (ourInput, ourOutput, errors)
        self.ending = Ending(of: identifier)
    }

    deinit {
        self.kill()
        for descriptor in [self.input, self.output, self.errors] where descriptor >= 0 { close(descriptor) }
    }

    /// Runs a program without input to its end.
    @discardableResult
    package static func run(_ words: String..., environment: [String] = []) -> Result {
        Self.run(words, environment: environment)
    }

    @discardableResult
    package static func run(_ words: [String], environment: [String] = []) -> Result {
        let program = ChildProgram(words, environment: environment, hasInput: false)
        let output = program.restOfOutput()
        return Result(status: program.exitStatus(), output: output, errors: program.errorText())
    }

    /// What became of a program.
    package struct Result: Hashable, Sendable {
        /// 128 and more for a signal, as a shell has it.
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// A product of this package, which stands beside the tests' own program.
    package static func built(_ name: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                readlink("/proc/self/exe", $0.baseAddress.unsafelyUnwrapped, $0.count)
            }
        }
        let own = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/\(name)"
    }

    package static func isInstalled(_ name: String) -> Bool { HostProgram.find(name) != nil }

    /// One line of what it prints, without its end; waits for it. Empty at the end, and what is no whole line is lost.
    package func line() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(self.output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return ""
    }

    /// All that it prints until it has closed its output.
    package func restOfOutput() -> String {
        Self.text { [output] piece, _ in read(output, piece.baseAddress, piece.count) }
    }

    /// All that it has complained about so far.
    package func errorText() -> String {
        Self.text { [errors] piece, offset in pread(errors, piece.baseAddress, piece.count, offset) }
    }

    /// Kills it, unless it has ended, and waits for its end.
    package func kill() { self.ending.hasten(with: SIGKILL) }

    /// Asks it to end, and waits until it has.
    package func end() { self.ending.hasten(with: SIGTERM) }

    /// Waits for its end. 128 and more for a signal, as a shell has it.
    package func exitStatus() -> Int32 { self.ending.status() }

    private static func text(_ read: (UnsafeMutableRawBufferPointer, Int) -> Int) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = piece.withUnsafeMutableBytes({ read($0, bytes.count) }), count != 0 {
            if count > 0 { bytes += piece[..<count] } else if errno != EINTR { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Both ends closed on exec from the start: another test may start a program at any moment.
    private static func pipe() -> (reading: Int32, writing: Int32) {
        var (reading, writing): (Int32, Int32) = (-1, -1)
        guard vz_pipe(&reading, &writing) == 0 else { preconditionFailure("pipe failed with errno \(errno)") }
        return (reading, writing)
    }

    private static var environment: [String] {
        sequence(state: environ) { pointer in
            defer { pointer += 1 }
            return pointer.pointee.map { String(cString: $0) }
        }.map { $0 }
    }
}
