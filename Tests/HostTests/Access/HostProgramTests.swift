internal import Glibc
@testable internal import Host
internal import Synchronization
internal import Testing

@Suite("A host program runs alone and is heard to its end")
struct HostProgramTests {
    @Test("Its streams and its exit status come back apart")
    func streams() throws {
        let result = try HostProgram.run("sh", ["-c", "cat; echo bad >&2; exit 3"], input: Array("in".utf8))
        #expect(result.outputText == "in")
        #expect(result.errorText == "bad\n")
        #expect(result.status == .exited(code: 3))
    }

    @Test("An end by a signal is told as such")
    func signal() throws {
        #expect(try HostProgram.run("sh", ["-c", "kill -9 $$"]).status == .signalled(signal: 9))
    }

    @Test("A program that is not there is named")
    func missing() {
        #expect(throws: HostProgramError.missing(program: "no-such-program")) {
            try HostProgram.run("no-such-program", [])
        }
    }

    @Test("It inherits no descriptor, no terminal session and no environment of ours")
    func isolation() throws {
        let extra = open("/dev/null", O_RDONLY)
        defer { close(extra) }
        #expect(extra > 2)
        // The last is the listing's own.
        #expect(try HostProgram.run("ls", ["/proc/self/fd"]).outputText == "0\n1\n2\n3\n")
        let result = try HostProgram.run("env", [])
        #expect(result.outputText.contains("PATH"))
        #expect(!result.outputText.contains("USER"))
        let session = try HostProgram.run("sh", ["-c", "cut -d' ' -f6 /proc/$$/stat; echo $$"])
        let numbers = session.outputText.split(separator: "\n")
        #expect(numbers.first == numbers.last)
    }

    @Test("A process that it leaves behind with the pipe open is not waited for", .timeLimit(.minutes(5)))
    func grandchild() throws {
        let start = ContinuousClock.now
        let result = try HostProgram.run("sh", ["-c", "sleep 30 & echo $!"])
        #expect(ContinuousClock.now - start < .seconds(10))
        let pid = try #require(Int32(result.outputText.dropLast()))
        #expect(kill(pid, SIGKILL) == 0)
    }

    @Test("Of an endless output the first MiB is kept, and the program is not blocked")
    func bound() throws {
        let result = try HostProgram.run("head", ["-c", "5000000", "/dev/zero"])
        #expect(result.succeeded)
        #expect(result.standardOutput.count == 1 << 20)
    }

    @Test("When its time is over it is ended, with what it started")
    func timeout() throws {
        #expect(throws: HostProgramError.timedOut(program: "sh", limit: .milliseconds(200))) {
            try HostProgram.run("sh", ["-c", "sleep 41.5 & wait"], timeout: .milliseconds(200))
        }
        #expect(try !HostProgram.run("pgrep", ["-f", "^sleep 41.5$"]).succeeded)
    }

    @Test("One that ignores SIGTERM is killed after its grace, and what it said first is told")
    func grace() throws {
        let limit = Duration.seconds(1)
        let hasTold = Mutex(false)
        var program = HostProgram("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"])
        program.timeout = limit
        program.grace = .milliseconds(200)
        program.onFirstOutput = { hasTold.withLock { $0 = true } }
        #expect(throws: HostProgramError.timedOut(program: "sh", limit: limit)) { try program.run() }
        #expect(hasTold.withLock { $0 })
    }

    @Test("Discarded output is /dev/null, so that descendants hold no pipe")
    func discarded() throws {
        let result = try HostProgram.run("sh", ["-c", "test /proc/self/fd/1 -ef /dev/null"], output: .discarded)
        #expect(result.succeeded)
    }
}
