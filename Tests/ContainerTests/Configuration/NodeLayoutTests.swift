import Container
import HandOver
import Testing

@Suite("Every path of a server hangs under one root")
struct NodeLayoutTests {
    @Test(
        "The paths of a real server, and of one in a folder",
        arguments: [("/", ""), ("/tmp/n", "/tmp/n"), ("/tmp//n/", "/tmp/n")])
    func paths(root: String, prefix: String) {
        let layout = NodeLayout(root: root)
        let id = ContainerID.make("101")
        #expect(layout.globalConfiguration == prefix + "/etc/vz/vz.conf")
        #expect(layout.containerConfiguration(id) == prefix + "/etc/vz/conf/101.conf")
        #expect(layout.journal == prefix + "/var/lib/vzmigrate/journal.db")
        #expect(layout.stateDirectory("m1") == prefix + "/var/lib/vzmigrate/migrations/m1")
        #expect(layout.runDirectory(id) == prefix + "/run/vzmigrate/101")
        #expect(layout.networkNamespace("ct101") == prefix + "/run/netns/ct101")
        #expect(layout.lockFile(id, in: layout.path("/vz/lock")) == prefix + "/vz/lock/101.lck")
        #expect(layout.lockFile(id, of: "n2", in: layout.path("/vz/lock")) == prefix + "/vz/lock/101.n2.lck")
        #expect(layout.configuredPath(layout.path("/vz/private/101")) == "/vz/private/101")
    }

    @Test("A path outside the root was never configured")
    func outside() {
        #expect(NodeLayout(root: "/tmp/n").configuredPath("/tmp/nn/a") == nil)
        #expect(NodeLayout(root: "/tmp/n").configuredPath("/vz") == nil)
    }

    @Test("What is made beside an area")
    func siblings() {
        #expect(NodeLayout.incoming("/vz/private/101") == "/vz/private/101.incoming")
        #expect(NodeLayout.migrated("/vz/private/101") == "/vz/private/101.migrated")
        #expect(NodeLayout.migrated("/vz/private/101", number: 2) == "/vz/private/101.migrated.2")
    }

    @Test(
        "A path is spelled in one way or refused",
        arguments: [
            ("/a//b/./c/", "/a/b/c"), ("/", "/"), ("/a/..b", "/a/..b"), ("a", nil), ("", nil), ("/a/..", nil),
            ("/a\u{0}", nil), ("/a/../\u{301}b", nil),
        ] as [(String, String?)])
    func normalized(path: String, result: String?) {
        #expect(NodeLayout.normalized(path) == result)
    }
}
