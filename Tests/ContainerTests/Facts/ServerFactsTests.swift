@testable import Container
import Foundation
import HandOver
import Testing
import TestSupport
import Transfer

@Suite("What is said of a server is what it is")
struct ServerFactsTests {
    @Test("A tree has what is on disk: holes do not count, a file with two names counts once, links lead nowhere")
    func usage() throws {
        let folder = TemporaryFolder()
        let root = "\(folder.path)/tree"
        try FileManager.default.createDirectory(atPath: "\(root)/a/b", withIntermediateDirectories: true)
        let empty = try Room(usedBy: root)
        try Data(repeating: 7, count: 1 << 20).write(to: URL(fileURLWithPath: "\(root)/a/one"))
        try FileManager.default.linkItem(atPath: "\(root)/a/one", toPath: "\(root)/a/b/two")
        try FileManager.default.createSymbolicLink(atPath: "\(root)/out", withDestinationPath: "/usr")
        #expect(FileManager.default.createFile(atPath: "\(root)/hole", contents: nil))
        let hole = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(root)/hole"))
        try hole.truncate(atOffset: 1 << 40)
        try hole.close()
        let full = try Room(usedBy: root)
        let (bytes, inodes) = (full.bytes - empty.bytes, (full.inodes ?? 0) - (empty.inodes ?? 0))
        #expect((1 << 20...(1 << 20) + 65536).contains(bytes), "\(bytes)")
        #expect(inodes == 3)
        #expect(try Room(usedBy: "\(folder.path)/nothing") == Room(bytes: 0, inodes: 0))
    }

    @Test("What is free is that of the file system that the path will be on")
    func free() throws {
        let folder = TemporaryFolder()
        let (here, deep) = (try Room(freeAt: folder.path), try Room(freeAt: "\(folder.path)/not/yet/there"))
        #expect(here.bytes > 0 && here.bytes / 2 < deep.bytes && deep.bytes / 2 < here.bytes)
        #expect(try ServerMemory.available() > 1 << 20)
    }

    @Test("Of a processor only what a process can find out is a feature")
    func features() {
        let text =
            "processor\t: 0\nflags\t\t: fpu sse2 rep_good nopl hypervisor avx2 pti\nprocessor\t: 1\nflags\t\t: fpu\n"
        #expect(Processor.features(in: text) == ["fpu", "sse2", "avx2"])
        #expect(Processor.features(in: "processor\t: 0\nFeatures\t: fp asimd\n") == ["fp", "asimd"])
        #expect(!Processor.features().isEmpty)
    }

    @Test("The words of technologies: what this server has, and what nobody has any more")
    func technologies() {
        let here = Technologies.ofThisServer()
        #expect(here.isSuperset(of: ["nptl", "sysfs", "netns", "pidns", Architecture.ofThisServer]))
        #expect(here.isDisjoint(with: ["ia64", "simfs", "hashdir", "cowdir", "mfiles"]))
        #expect(here.contains("cgroup1") != (ControlGroupVersion.isTwo))
        #expect(here.allSatisfy(Technologies.isKnown))
        #expect(["ia64", "simfs", "qcow2", "cgroup_memory"].allSatisfy(Technologies.isKnown))
        #expect(!Technologies.isKnown("warp_drive"))
    }

    private enum ControlGroupVersion {
        static var isTwo: Bool { FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers") }
    }

    @Test("A licence is read, and what is wrong with one is said with its line")
    func licence() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/licence"
        func read(_ text: String) throws -> LicenceFile {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try LicenceFile(reading: path)
        }
        let licence = try read("# ours\nSTATUS=\"active\"\nEXPIRES=\"2027-01-31\"\nCONTAINERS=\"50\"\n")
        #expect(licence.status == "active" && licence.expires == "2027-01-31" && licence.containerLimit == 50)
        #expect(try read("STATUS=active\n").containerLimit == nil)
        for (text, words) in [
            ("STATUS=active\nEXPIRES=\"31.1.2027\"\n", ":2: EXPIRES has to be a day"),
            ("STATUS=active\n\nCONTAINERS=\"many\"\n", ":3: CONTAINERS has to be a number"),
            ("STATUS=\"act\nive\"\n", ":1:"), ("# nothing\n", "has no STATUS"),
        ] {
            let error = #expect(throws: NodeError.self) { try read(text) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
        }
    }

    @Test("Classes of networks are read, and what is wrong is said with its line")
    func networkClasses() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/networks_classes"
        #expect(try NetworkClasses.read(path) == [])
        try Data("# all\n1 0.0.0.0/0\n 2\t10.0.0.0/8 # ours\n3 ::/0\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try NetworkClasses.read(path) == [1, 2, 3])
        try Data("1 0.0.0.0/0\nall of them\n".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: NodeError.self) { try NetworkClasses.read(path) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("networks_classes:2: \"all of them\""))
    }
}
