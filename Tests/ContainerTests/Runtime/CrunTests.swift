@testable internal import Container
@testable internal import Host
internal import Testing
internal import TestSupport

@Suite("What crun says of itself and of a container is understood")
struct CrunTests {
    private let folder = TemporaryFolder()
    private var crun: Crun { Crun(root: self.folder.path, logs: self.folder.path, launcher: "/nowhere") }

    @Test(
        "A checkpoint is taken where it was built for that, and is new enough to restore in the container's group",
        arguments: [
            ("1.28", "+SYSTEMD +CAP +CRIU +JSON_C", true), ("1.21", "+CRIU", true), ("2.0", "+CRIU +YAJL", true),
            ("1.21", "+SYSTEMD +CAP", false), ("1.8.1", "+CRIU", false), ("1.20", "+CRIU", false),
        ])
    func versions(version: String, features: String, isFit: Bool) {
        let obstacle = Crun.obstacle(version: version, features: "crun version \(version)\n\(features)\n")
        #expect((obstacle == nil) == isFit)
        let words = "crun \(version) takes no checkpoints that can be moved; crun 1.21 or later does"
        #expect(obstacle?.hasPrefix(words) != false)
    }

    @Test(
        "A container that it does not know, or had not noted before it was killed, is none",
        arguments: [
            ("container `7` does not exist: open `/run/crun/7/status`: No such file or directory", true),
            ("open `/run/crun/7/status`: No such file or directory", true),
            ("open `/run/crun/8/status`: No such file or directory", false), ("cannot read `/run/crun/7`", false),
        ])
    func unknown(words: String, isUnknown: Bool) throws {
        let result = CommandResult(status: .exited(code: 1), standardError: Array(words.utf8))
        #expect(self.crun.isUnknown("7", result) == isUnknown)
    }

    @Test("The control group is the one that it keeps of the container")
    func group() throws {
        #expect(try self.crun.freezer("7") == nil)
        let file = "\(self.folder.path)/7/status"
        try DurableFile.makeDirectories("\(self.folder.path)/7", mode: 0o700)
        try DurableFile.write(Array(#"{"pid": 1, "cgroup-path": "\/vz\/7"}"#.utf8), to: file)
        #expect(try self.crun.freezer("7")?.path.hasSuffix("/vz/7") == true)
        try DurableFile.write(Array(#"{"pid": 1, "cgroup-path": ""}"#.utf8), to: file)
        #expect(throws: ContainerRuntimeError.self) { try self.crun.freezer("7") }
    }
}
