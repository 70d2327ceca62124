@testable internal import Container
internal import Glibc
@testable internal import Host
internal import Testing
internal import TestSupport

/// A bundle's configuration with what the tests look at.
private let configuration = """
    {"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "hostname": "ct",
     "process": {"terminal": false, "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615}]},
     "hooks": {"createRuntime": [{"path": "/usr/bin/owner"}], "poststop": [{"path": "/usr/bin/last"}]},
     "annotations": {"owner": "me"},
     "mounts": [{"destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind"]},
                {"destination": "/in", "type": "none", "source": "inside", "options": ["bind"]},
                {"destination": "/proc", "type": "proc", "source": "proc"}],
     "linux": {"cgroupsPath": "/vz/1", "namespaces": [{"type": "network", "path": "/run/netns/ct1"}]}}
    """

@Suite("A bundle's configuration is read for what a move must know")
struct BundleSpecificationTests {
    private func specification(_ text: String = configuration) throws -> BundleSpecification {
        try BundleSpecification(bundle: "/vz/private/1", bytes: Array(text.utf8))
    }

    @Test("Its parts are found")
    func parts() throws {
        let bundle = try self.specification()
        #expect(try bundle.rootPath() == "/vz/private/1/rootfs")
        #expect(bundle.network == .path("/run/netns/ct1"))
        #expect(bundle.externalMounts == ["/srv/data"])
        #expect(bundle.hookPrograms == ["/usr/bin/owner", "/usr/bin/last"])
        #expect(bundle.annotations == ["owner": "me"])
        #expect(!bundle.hasTerminal)
        #expect(bundle.controlGroupPath == "/vz/1")
    }

    @Test("A root outside the bundle is refused", arguments: ["/", "..", "a/../..", "/vz/private/10/rootfs", "."])
    func root(path: String) throws {
        let bundle = try self.specification(#"{"ociVersion": "1", "root": {"path": "\#(path)"}}"#)
        #expect(throws: BundleError.self) { try bundle.rootPath() }
    }

    @Test("The network of the server is told from a new one")
    func network() throws {
        #expect(try self.specification(#"{"ociVersion": "1"}"#).network == .host)
        let fresh = #"{"ociVersion": "1", "linux": {"namespaces": [{"type": "network"}]}}"#
        #expect(try self.specification(fresh).network == .new)
    }

    @Test("An added hook leaves everything else as it was, the largest limit too")
    func variant() throws {
        var bundle = try self.specification()
        bundle.addCreateRuntimeHook(path: "/bin/false", arguments: ["false"])
        let again = try BundleSpecification(bundle: "/vz/private/1", bytes: bundle.bytes)
        #expect(again.annotations == ["owner": "me"])
        #expect(again.hookPrograms == ["/bin/false", "/usr/bin/owner", "/usr/bin/last"])
        #expect(String(decoding: bundle.bytes, as: UTF8.self).contains("18446744073709551615"))
    }

    @Test("What is no configuration is refused with its file", arguments: ["", "[]", "{}", "{\"ociVersion\": 1}"])
    func refused(text: String) throws {
        let error = #expect(throws: BundleError.self) { try self.specification(text) }
        #expect(error?.file == "/vz/private/1/config.json")
    }
}

@Suite("A fenced bundle cannot be started by hand, and comes back as it was")
struct BundleFenceTests {
    private func raise(_ folder: TemporaryFolder) throws {
        try BundleFence.raise(
            area: folder.path, containerID: "101", holder: "m1", agentPath: "/usr/bin/vzmigrate-agent")
    }

    private func status(_ path: String) -> stat {
        var status = stat()
        stat(path, &status)
        return status
    }

    @Test("Raised and lowered, the file and the directory are what they were")
    func roundTrip() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", configuration)
        let (file, directory) = (self.status("\(folder.path)/config.json"), self.status(folder.path))
        try self.raise(folder)
        #expect(try BundleFence.isRaised(area: folder.path))
        #expect(try BundleFence.trueConfiguration(area: folder.path) == "config.json.fenced")
        let fence = try BundleSpecification(bundle: folder.path)
        #expect(fence.hookPrograms.first == "/usr/bin/vzmigrate-agent")
        #expect(fence.controlGroupPath == "/vz/1.fenced")
        #expect(self.status(folder.path).st_mtim.tv_nsec == directory.st_mtim.tv_nsec)
        try self.raise(folder)
        try BundleFence.lower(area: folder.path)
        try BundleFence.lower(area: folder.path)
        #expect(try !BundleFence.isRaised(area: folder.path))
        #expect(try folder.read("config.json") == configuration)
        #expect(self.status("\(folder.path)/config.json").st_ino == file.st_ino)
        #expect(self.status(folder.path).st_mtim.tv_nsec == directory.st_mtim.tv_nsec)
        #expect(!folder.has("config.json.fenced"))
    }

    @Test("After a death between any two of its renames, raising and lowering both go on")
    func deaths() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", configuration)
        try folder.write(".config.json.fence", "{ torn")
        try self.raise(folder)
        #expect(try BundleFence.isRaised(area: folder.path))
        #expect(unlink("\(folder.path)/config.json") == 0)
        #expect(try !BundleFence.isRaised(area: folder.path))
        try self.raise(folder)
        #expect(try BundleFence.isRaised(area: folder.path))
        #expect(unlink("\(folder.path)/config.json") == 0)
        try BundleFence.lower(area: folder.path)
        #expect(try folder.read("config.json") == configuration)
    }

    @Test("It is told whose fence stands; what is none is nobody's, and what cannot be looked at is an error")
    func whose() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", configuration)
        #expect(try !BundleFence.isRaised(area: folder.path, by: "m1"))
        try BundleFence.raise(area: folder.path, containerID: "1", holder: "m1", agentPath: "/a")
        #expect(try BundleFence.isRaised(area: folder.path, by: "m1"))
        #expect(try !BundleFence.isRaised(area: folder.path, by: "m2"))
        try folder.write("config.json", "{ torn")
        #expect(try !BundleFence.isRaised(area: folder.path, by: "m1"))
        #expect(unlink("\(folder.path)/config.json") == 0)
        #expect(try !BundleFence.isRaised(area: folder.path, by: "m1"))
        #expect(mkdir("\(folder.path)/config.json", 0o700) == 0)
        #expect(throws: BundleError.self) { try BundleFence.isRaised(area: folder.path, by: "m1") }
        #expect(rmdir("\(folder.path)/config.json") == 0)
        #expect(throws: BundleError.self) { try BundleFence.isRaised(area: "\(folder.path)/none", by: "m1") }
        #expect(try !BundleFence.isRaised(area: "\(folder.path)/config.json.fenced", by: "m1"))
    }

    @Test("The draft of a fence that could not be raised goes with the lowering")
    func draft() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", configuration)
        try folder.write(".config.json.fence", "{ torn")
        try BundleFence.lower(area: folder.path)
        #expect(!folder.has(".config.json.fence"))
        #expect(try folder.read("config.json") == configuration)
        #expect(throws: BundleError.self) { try BundleFence.lower(area: "\(folder.path)/config.json") }
    }

    @Test("Where only the fenced file arrived, the fence is made beside it; an open bundle is not taken for one")
    func arrival() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json.fenced", configuration)
        let arrive = { (path: String) in
            try BundleFence.ensureRaisedFromFencedOnly(area: path, containerID: "1", holder: "m1", agentPath: "/a")
        }
        try arrive(folder.path)
        try arrive(folder.path)
        #expect(try BundleFence.isRaised(area: folder.path))
        try BundleFence.lower(area: folder.path)
        #expect(throws: BundleError.self) { try arrive(folder.path) }
    }

    @Test("Two true configurations, a lost one and a link are refused, and nothing is changed")
    func refused() throws {
        let folder = TemporaryFolder()
        #expect(throws: BundleError.self) { try self.raise(folder) }
        try folder.write("config.json", configuration)
        try self.raise(folder)
        let fence = try folder.read("config.json")
        try folder.write("config.json", configuration)
        #expect(throws: BundleError.self) { try self.raise(folder) }
        #expect(throws: BundleError.self) { try BundleFence.lower(area: folder.path) }
        try folder.write("config.json", fence)
        #expect(unlink("\(folder.path)/config.json.fenced") == 0)
        #expect(throws: BundleError.self) { try self.raise(folder) }
        #expect(unlink("\(folder.path)/config.json") == 0)
        #expect(symlink("/etc/hostname", "\(folder.path)/config.json") == 0)
        #expect(throws: BundleError.self) { try self.raise(folder) }
    }
}

extension BundleSpecification {
    /// The programs that the runtime starts on this server around the container's life.
    var hookPrograms: [String] {
        (self.document["hooks"]?.members ?? []).flatMap { $0.value.elements ?? [] }.compactMap { $0["path"]?.text }
    }
}
