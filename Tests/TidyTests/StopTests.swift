internal import Foundation
internal import Glibc
internal import Testing
internal import TestSupport

@Suite("A tool that is told to stop ends all that it has started")
struct StopTests {
    private let folder = TemporaryFolder(in: "/var/tmp")

    @Test("tools/test --quick")
    func quick() throws { try self.stop("tools/test", "--quick") }

    @Test("tools/torture and tools/lab", .enabled(if: TestUser.isRoot, "needs root"))
    func lab() throws {
        try self.stop("tools/torture")
        try self.stop("tools/lab", "up")
    }

    /// Has a tool start programs that outlive who started them, in the place of the compiler and of the maker of nodes.
    private func stop(_ words: String...) throws {
        let program = """
            #!/bin/sh
            case $1 in format) exit ;; --version) echo 'Swift version 6.3'; exit ;; esac
            setsid sleep 300 &
            echo $! > '\(self.folder.path)/new'
            mv '\(self.folder.path)/new' '\(self.folder.path)/started'
            wait
            exit 1
            """
        for name in ["swift", "mmdebstrap"] { try self.folder.write(name, program, mode: 0o755) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let settings = ["PATH=\(self.folder.path):\(path)", "VZLAB=\(self.folder.path)", "VZLAB_ID=vztidy"]
        let place = SourceFile.repository.appending(path: words[0]).path
        let tool = ChildProgram(["env"] + settings + [place] + words.dropFirst())
        let deadline = ContinuousClock.now + .seconds(60)
        while !self.folder.has("started"), .now < deadline { usleep(20_000) }
        let started = try self.folder.read("started").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(Self.commandLine(started) != "")
        tool.end()
        #expect(tool.exitStatus() == 130 && Self.commandLine(started) == "", "\(words)")
        unlink("\(self.folder.path)/started")
        if Self.commandLine(started) != "", let left = Int32(started) { kill(left, SIGKILL) }
    }

    /// Empty where the process has ended.
    private static func commandLine(_ process: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
    }
}
