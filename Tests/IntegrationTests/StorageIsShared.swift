internal import LabSupport
internal import Testing

/// Has both servers have /vz, locks and all, on one storage while a suite runs.
struct StorageIsShared: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try Self.restart(sharing: "/vz")
        defer { do { try Self.restart(sharing: "none") } catch { Issue.record(error) } }
        try await function()
    }

    private static func restart(sharing place: String) throws {
        for node in [Node.node1, .node2] { try Lab.require("down", "--keep", node.rawValue) }
        try Lab.require("up", "--share", place)
    }
}

/// A container on storage that both servers share, and what its one area was when it was made.
struct SharedContainer {
    let container: TestContainer
    private let area: String

    init(kind: String, isStarted: Bool = true) throws {
        self.container = try TestContainer(kind: kind, isStarted: isStarted)
        self.area = try Self.identity(of: self.container.area)
    }

    var id: String { self.container.id }

    private static func identity(of area: String) throws -> String {
        try Node.node1.shell("stat -c '%i %W' $1 $1/rootfs $1/config.json", area)
    }

    /// The one area is where it was, as what it was, unfenced, and nothing lies beside it.
    func expectAreaUntouched() throws {
        for node in [Node.node1, .node2] {
            #expect(try node.shell("stat -c '%i %W' $1 $1/rootfs $1/config.json", self.container.area) == self.area)
            let names = try node.shell("cd /vz/private; ls -Ad $1.* .vzmigrate* 2> /dev/null; :", self.id)
            #expect(names == "", "beside the area: \(names)")
            let fences = try node.shell("ls -A $1 | grep fence; :", self.container.area)
            #expect(fences == "", "in the area: \(fences)")
        }
    }

    /// It is on one server, where its configuration says nothing of us, and of the other one it is gone.
    func expectAt(_ home: Node, status: String?, isArchived: Bool = true) throws {
        let other: Node = home == .node1 ? .node2 : .node1
        try self.expectAreaUntouched()
        try self.container.expectNothingLeft(on: home)
        try self.container.expectNothingLeft(on: other)
        #expect(try self.container.status(on: home) == status)
        #expect(try self.container.status(on: other) == nil)
        let configuration = try self.container.configuration(on: home)
        #expect(!configuration.isEmpty && !configuration.contains("DISABLED"), "\(configuration)")
        #expect(try self.container.configuration(on: other).isEmpty, "it has a configuration on \(other) too")
        let traces = try other.shell(
            """
            ls -d /run/netns/ct$1 /run/runc/$1 /sys/class/net/veth$1.0 2>/dev/null
            find /sys/fs/cgroup -type d -path "*/vz/$1*"
            exit 0
            """, self.id)
        #expect(traces == "", "left on \(other): \(traces)")
        if status == "running" { try wait(5, for: "it to count on \(home)") { self.container.counts(on: home) } }
    }
}
