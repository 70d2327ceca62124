import Container
import HandOver
import Host
import Testing
import TestSupport

@Suite("What a container left behind is kept, the newest first, and never overwritten")
struct MigratedArchiveTests {
    private let folder = TemporaryFolder()
    private let registry: ContainerRegistry
    private let area: String

    init() throws {
        self.registry = try ContainerRegistry(of: NodeLayout(root: self.folder.path))
        self.area = self.registry.layout.path("/vz/private/101")
    }

    private func makeArea(_ path: String, _ mark: UInt8) throws {
        try DurableFile.makeDirectories(path)
        try DurableFile.write([mark], to: "\(path)/mark")
    }

    /// The marks of the area's archives by the end of their names, such as `["": 3, ".1": 2]`.
    private func archives() throws -> [String: UInt8] {
        var marks: [String: UInt8] = [:]
        for name in try DurableFile.names(in: self.registry.layout.path("/vz/private")) {
            guard name.hasPrefix("101.migrated") else { continue }
            let mark = try DurableFile.read(self.registry.layout.path("/vz/private/\(name)/mark"), limit: 1)
            marks[String(name.dropFirst(12))] = mark[0]
        }
        return marks
    }

    @Test("Each archive takes the plain name and the older ones move up")
    func areas() throws {
        #expect(try !self.registry.archivePrivateArea(self.area))
        for mark in UInt8(1)...4 {
            try self.makeArea(self.area, mark)
            #expect(try self.registry.archivePrivateArea(self.area))
            #expect(!DurableFile.exists(self.area))
        }
        #expect(try self.archives() == ["": 4, ".1": 3, ".2": 2, ".3": 1])
        #expect(try !self.registry.archivePrivateArea(self.area))
        #expect(try self.archives() == ["": 4, ".1": 3, ".2": 2, ".3": 1])
    }

    @Test(
        "A death between two renames loses nothing and keeps the order",
        arguments: [
            // What there was before the death: .migrated 3, .1 2, .2 1. What is left by each number of renames done:
            ["": 3, ".1": 2, ".2": 1],
            ["": 3, ".1": 2, ".3": 1],
            ["": 3, ".2": 2, ".3": 1],
            [".1": 3, ".2": 2, ".3": 1],
        ] as [[String: UInt8]])
    func death(left: [String: UInt8]) throws {
        try self.makeArea(self.area, 4)
        for (end, mark) in left { try self.makeArea("\(self.area).migrated\(end)", mark) }
        #expect(try self.registry.archivePrivateArea(self.area))
        let sorted = try self.archives().sorted { $0.key < $1.key }
        #expect(sorted.first?.key == "")
        #expect(sorted.map(\.value) == [4, 3, 2, 1])
    }

    @Test("A configuration is archived in the same way, and is no container any more")
    func configurations() throws {
        let id = ContainerID.make("101")
        for text in ["A=1\n", "A=2\n"] {
            try self.registry.register(ConfigurationFile(parsing: Array(text.utf8), path: "incoming"), as: id)
            #expect(try self.registry.archiveConfiguration(of: id))
        }
        #expect(try !self.registry.archiveConfiguration(of: id))
        #expect(try self.registry.containers().isEmpty)
        let path = self.registry.layout.containerConfiguration(id)
        #expect(try DurableFile.read("\(path).migrated", limit: 10) == Array("A=2\n".utf8))
        #expect(try DurableFile.read("\(path).migrated.1", limit: 10) == Array("A=1\n".utf8))
    }

    @Test("The area that a CT left is found by its UUID: the newest of whatever id, and only if it is there")
    func byIdentity() throws {
        let (one, two) = (UniqueID.random().uuid, UniqueID.random().uuid)
        #expect(try self.registry.migratedArea(withUUID: one) == nil)
        let conf = self.registry.layout.vzConf
        try DurableFile.makeDirectories(conf)
        for (name, uuid) in [("101.conf.migrated", one), ("101.conf.migrated.1", two), ("web.conf.migrated", two)] {
            try DurableFile.write(Array("UUID=\"\(uuid)\"\n".utf8), to: "\(conf)/\(name)")
        }
        try DurableFile.write(Array("A=\"".utf8), to: "\(conf)/9.conf.migrated")
        #expect(try self.registry.migratedArea(withUUID: one) == nil)
        try self.makeArea("\(self.area).migrated", 1)
        #expect(try self.registry.migratedArea(withUUID: one.uppercased()) == "\(self.area).migrated")
        #expect(try self.registry.migratedArea(withUUID: two) == nil)
        #expect(try self.registry.migratedArea(withUUID: "no uuid") == nil)
        let other = self.registry.layout.path("/vz/private/other")
        let moved = "UUID=\"\(one)\"\nVE_PRIVATE=\"/vz/private/other\"\n"
        try DurableFile.write(Array(moved.utf8), to: "\(conf)/202.conf.migrated")
        try self.makeArea("\(other).new", 2)
        try DurableFile.rename("\(other).new", to: "\(other).migrated")
        #expect(try self.registry.migratedArea(withUUID: one) == "\(other).migrated")
    }
}
