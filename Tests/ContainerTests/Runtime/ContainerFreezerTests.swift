@testable internal import Container
internal import Glibc
@testable internal import Host
internal import Testing
internal import TestSupport

@Suite("A frozen cgroup runs nothing, and what is killed in it never runs again", .serialized)
struct ContainerFreezerTests {
    private static let directory: String? = {
        for base in ["/sys/fs/cgroup/freezer", "/sys/fs/cgroup"] {
            let file = base == "/sys/fs/cgroup" ? "cgroup.controllers" : "tasks"
            if access("\(base)/\(file)", F_OK) == 0, access(base, W_OK) == 0 { return base }
        }
        return nil
    }()

    private func freezer(_ name: String) throws -> ContainerFreezer {
        let base = try #require(Self.directory)
        let path = "\(base)/\(name)"
        #expect(mkdir(path, 0o755) == 0 || errno == EEXIST)
        return ContainerFreezer(path: path, version: base.hasSuffix("freezer") ? .one : .two)
    }

    @Test("Freeze, thaw, freeze, kill", .enabled(if: TestUser.isRoot && directory != nil, "needs root and a freezer"))
    func life() throws {
        let folder = TemporaryFolder()
        let freezer = try self.freezer("vzmigrate-test")
        defer { rmdir(freezer.path) }
        let script = "echo $$ > \(freezer.path)/cgroup.procs; (while :; do date +%N > \(folder.path)/t; done) & echo up"
        #expect(try HostProgram.run("sh", ["-c", script]).outputText == "up\n")
        #expect(try freezer.state() == .thawed)
        #expect(try freezer.processes().count >= 1)
        try freezer.freeze(timeout: .seconds(5))
        #expect(try freezer.assureFrozen(timeout: .seconds(5)))
        let mark = try? folder.read("t")
        usleep(100_000)
        #expect(try freezer.state() == .frozen)
        #expect((try? folder.read("t")) == mark)
        try freezer.thaw()
        #expect(try !freezer.assureFrozen(timeout: .seconds(5)), "it was told that the container ran")
        let last = try? folder.read("t")
        try freezer.destroyTasks(timeout: .seconds(5))
        #expect(try freezer.processes().isEmpty)
        #expect((try? folder.read("t")) == last)
    }

    @Test("A cgroup that is gone is empty, and is told from a thawed one")
    func gone() throws {
        let freezer = ContainerFreezer(path: "/sys/fs/cgroup/no-such-cgroup", version: .two)
        #expect(try freezer.state() == nil)
        #expect(try freezer.processes().isEmpty)
        try freezer.destroyTasks(timeout: .zero)
        #expect(throws: FreezerError.self) { try freezer.freeze(timeout: .zero) }
    }

    @Test("The runtime's state names the cgroup on both versions")
    func state() throws {
        let one = #"{"cgroup_paths": {"cpu": "/a", "freezer": "/sys/fs/cgroup/freezer/vz/1"}}"#
        let two = #"{"cgroup_paths": {"": "/sys/fs/cgroup/vz/1"}}"#
        #expect(try ContainerFreezer(stateDocument: JSONValue(parsing: Array(one.utf8))).version == .one)
        #expect(try ContainerFreezer(stateDocument: JSONValue(parsing: Array(two.utf8))).path == "/sys/fs/cgroup/vz/1")
        #expect(throws: FreezerError.self) { try ContainerFreezer(stateDocument: .object([])) }
    }
}
