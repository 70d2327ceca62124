internal import Testing
internal import TestSupport
internal import Transfer

@Suite("Two servers that see one tree say the same of it, and of any other one something else")
struct SharedTreeTests {
    private let folder = TemporaryFolder()

    init() {
        self.make("mkdir tree spill; mkdir tree/a; echo 1 > tree/a/one; ln tree/a/one tree/b; ln -s nowhere tree/l")
    }

    private func make(_ script: String) {
        let result = ChildProgram.run("bash", "-e", "-c", "cd \(self.folder.path)\n" + script)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func digest(_ name: String = "tree", isStill: Bool = true) throws -> TreeDigest {
        let tree = SharedTree(
            root: Array("\(self.folder.path)/\(name)".utf8), spillDirectory: Array("\(self.folder.path)/spill".utf8))
        try tree.flush()
        return try tree.digest(isStill: isStill)
    }

    @Test("The same, however often, also after it was read")
    func same() throws {
        let first = try self.digest()
        self.make("cat tree/a/one tree/b")
        #expect(try self.digest() == first)
        #expect(try self.digest(isStill: false) == first)
        #expect(first.files == 3 && first.directories == 2)
    }

    @Test(
        "A change of anything is seen, also where the times were put back",
        arguments: [
            "t=$(stat -c %y tree/b); echo 2 > tree/b; touch -d \"$t\" tree/b", "chmod 600 tree/a/one", "rm tree/l",
            "touch tree/new", "mv tree/b tree/c", "setfattr -n user.x -v 1 tree/a/one || chown 1 tree/b",
        ])
    func changed(script: String) throws {
        let first = try self.digest()
        self.make("sleep 0.02; " + script)
        #expect(try self.digest() != first)
    }

    @Test("A copy is another tree, whatever it holds")
    func copied() throws {
        self.make("cp -a tree copy")
        #expect(try self.digest("copy") != self.digest())
    }

    @Test("It can be cancelled, and one that is not there is an error")
    func ends() throws {
        let cancellation = TransferControl()
        cancellation.cancel()
        let tree = SharedTree(
            root: Array("\(self.folder.path)/tree".utf8), spillDirectory: Array("\(self.folder.path)/spill".utf8),
            cancellation: cancellation)
        #expect(throws: TransferError.self) { try tree.digest(isStill: true) }
        #expect(throws: TransferError.self) { try self.digest("nowhere") }
    }
}
