import Container
import HandOver
import Host
import Testing
import TestSupport

@Suite("The containers of a server are its configuration files")
struct ContainerRegistryTests {
    private let folder = TemporaryFolder()
    private let registry: ContainerRegistry
    private let ct101 = ContainerID.make("101")

    init() throws {
        self.registry = try ContainerRegistry(of: NodeLayout(root: self.folder.path))
    }

    private func file(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: Array(text.utf8), path: "incoming")
    }

    private func register(_ id: String, _ text: String) throws {
        try self.registry.register(self.file(text), as: .make(id))
    }

    /// The content of a CT's file.
    private func text(_ id: ContainerID) throws -> String {
        String(decoding: try self.registry.configuration(of: id).file.bytes, as: UTF8.self)
    }

    private func put(_ path: String, _ text: String) throws {
        try DurableFile.write(Array(text.utf8), to: path)
    }

    @Test("A server without files has no containers and the defaults")
    func empty() throws {
        #expect(try self.registry.containers().isEmpty)
        #expect(try self.registry.global.lockDirectory == "\(self.folder.path)/vz/lock")
        let error = #expect(throws: NodeError.self) { try self.registry.find("web") }
        #expect(error == .unknownContainer("web", searched: "\(self.folder.path)/etc/vz/conf"))
    }

    @Test("Containers are listed in order; other files do not count")
    func list() throws {
        for id in ["web", "1000", "99", "0f8fad5b-d9cb-469f-a165-70867728950e"] { try self.register(id, "A=1\n") }
        for name in ["0.conf", "007.conf", "9.conf.migrated", "9.mount", "ve-basic.conf-sample", ".x.conf", "a b.conf"]
        {
            try self.put("\(self.registry.layout.vzConf)/\(name)", "")
        }
        #expect(
            try self.registry.containers().map(\.description)
                == ["99", "1000", "0f8fad5b-d9cb-469f-a165-70867728950e", "web"])
    }

    @Test("A container is found by its ID before any NAME, by its NAME, and by its UUID in any form")
    func find() throws {
        try self.register("101", "NAME=web\nUUID=0F8FAD5B-D9CB-469F-A165-70867728950E\n")
        try self.register("102", "NAME=101\n")
        try self.register("103", "NAME=twin\n")
        try self.register("104", "NAME=twin\n")
        try self.register("105", "NAME=\"web server\"\n")
        #expect(try self.registry.find("101").id == self.ct101)
        #expect(try self.registry.find("web").id == self.ct101)
        #expect(try self.registry.find("web server").id == .make("105"))
        #expect(try self.registry.containers(withUUID: "101") == [])
        #expect(try self.registry.containers(withUUID: "0f8fad5bd9cb469fa16570867728950e") == [self.ct101])
        let twins: [ContainerID] = [.make("103"), .make("104")]
        #expect(throws: NodeError.ambiguousName("twin", twins)) { try self.registry.find("twin") }
        #expect(throws: NodeError.self) { try self.registry.find("none") }
    }

    @Test("A broken file stops who asks for that container, not a search for another")
    func broken() throws {
        try self.register("101", "NAME=web\n")
        try self.put(self.registry.layout.containerConfiguration(.make("100")), "NAME=\"web\n")
        #expect(try self.registry.find("web").id == self.ct101)
        let error = #expect(throws: NodeError.self) { try self.registry.find("100") }
        #expect(error?.description.hasSuffix("/100.conf:1: the quoted value of NAME has no closing quote") == true)
    }

    @Test("Registering twice is registering once; over another configuration it is refused")
    func register() throws {
        try self.register("101", "A=1\n")
        try self.register("101", "A=1\n")
        let path = self.registry.layout.containerConfiguration(self.ct101)
        #expect(throws: NodeError.alreadyRegistered(self.ct101, path: path)) { try self.register("101", "A=2\n") }
        #expect(try self.text(self.ct101) == "A=1\n")
        #expect(self.registry.isRegistered(self.ct101))
        #expect(try self.registry.unregister(self.ct101))
        #expect(try !self.registry.unregister(self.ct101))
        #expect(!self.registry.isRegistered(self.ct101))
    }

    @Test("A container's lock is in LOCKDIR and has one holder")
    func lock() throws {
        let lock = try ContainerLock(of: self.ct101, in: self.registry.global, purpose: "migration 7")
        #expect(DurableFile.exists("\(self.folder.path)/vz/lock/101.lck"))
        let error = #expect(throws: ContainerLockError.self) {
            _ = try ContainerLock(of: self.ct101, in: self.registry.global, purpose: "migration 8")
        }
        #expect(error?.description.hasPrefix("CT 101 is locked: it is held by ") == true)
        #expect(error?.description.contains("migration 7") == true)
        _ = try ContainerLock(of: .make("102"), in: self.registry.global, purpose: "migration 8")
        _ = consume lock
        _ = try ContainerLock(of: self.ct101, in: self.registry.global, purpose: "migration 8")
    }
}
