internal import Container
internal import Glibc
internal import Testing
internal import TestSupport

@Suite("A private area is removed whole, and nothing beside it")
struct AreaRemovalTests {
    private let folder = TemporaryFolder()

    private func make(_ script: String) {
        let result = ChildProgram.run("bash", "-e", "-c", "cd \(self.folder.path)\n" + script)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(
        "With everything that a container can have put there; what its links point at stays",
        .enabled(if: TestUser.isRoot, "needs root"))
    func hostileArea() throws {
        self.make(
            #"""
            mkdir -p area/deep/er outside; echo keep > outside/file
            ln -s ../outside area/link; ln -s ../../outside/file area/deep/link; ln outside/file area/hard
            mkfifo area/fifo; : > $'area/new\nline'; : > $'area/\xff'; chmod 0 area/deep/er
            """#)
        try AreaRemoval.remove("\(self.folder.path)/area")
        #expect(!self.folder.has("area"))
        #expect(try self.folder.read("outside/file") == "keep\n")
    }

    @Test("An area that is not there is removed already")
    func twice() throws {
        try AreaRemoval.remove("\(self.folder.path)/area")
        #expect(!self.folder.has("area"))
    }

    @Test("A link in the place of the area goes itself, and not what it points at")
    func link() throws {
        self.make("mkdir outside; echo keep > outside/file; ln -s outside area")
        try? AreaRemoval.remove("\(self.folder.path)/area")
        #expect(try self.folder.read("outside/file") == "keep\n")
    }

    @Test("A mount within is an error with its name, and keeps its files", .enabled(if: TestUser.isRoot, "needs root"))
    func mount() throws {
        self.make("mkdir -p area/mounted outside; echo keep > outside/file; mount --bind outside area/mounted")
        defer { ChildProgram.run("umount", "\(self.folder.path)/area/mounted") }
        let error = #expect(throws: HostingError.self) { try AreaRemoval.remove("\(self.folder.path)/area") }
        #expect(error?.message.contains("mounted") == true)
        #expect(try self.folder.read("outside/file") == "keep\n")
    }
}
