internal import Testing

@Suite("Arrows between modules run down only")
struct ImportTests {
    /// The house, from the ground up: a module may import those of the floors below its own, and no other.
    ///
    /// A new module gets a floor here, and the same place in docs/design.md.
    static let floors: [(name: String, modules: Set<String>)] = [
        ("C", ["CLZ4", "CLibSSH2", "CLinux", "CSQLiteShim"]),
        ("what was decided", ["HandOver"]),
        ("this server", ["Host"]),
        ("streams", ["SSH", "Transfer"]),
        ("what a server can do, and what was done", ["Container", "Journal"]),
        ("the loop", ["Engine"]),
        ("the sides", ["Destination", "Source"]),
        ("who finishes", ["Supervisor"]),
        ("commands", ["AgentCommand", "JournalCommand", "MigrateCommand"]),
        ("programs", ["journal-test-writer", "pmigrate", "vzmigrate", "vzmigrate-agent", "vzmigrate-journal"]),
    ]

    static func floor(of module: String) -> Int? { self.floors.firstIndex { $0.modules.contains(module) } }

    @Test("Every module stands on a floor, and every floor's module is there")
    func everyModuleHasItsFloor() throws {
        let modules = Set(try SourceFile.all(in: "Sources").map(\.module))
        let swift = Self.floors.dropFirst().flatMap(\.modules)
        #expect(modules.symmetricDifference(swift).sorted() == [], "say in ImportTests.floors where they stand")
    }

    @Test("An import leads to a lower floor")
    func importsLeadDown() throws {
        for file in try SourceFile.all(in: "Sources") {
            for imported in file.imports {
                guard let to = Self.floor(of: imported), let from = Self.floor(of: file.module) else { continue }
                #expect(to < from, "\(file.path) imports \(imported), which stands no lower than \(file.module)")
            }
        }
    }

    @Test("vzmigrate-journal links nothing that could migrate")
    func journalReadsOnly() throws {
        let allowed: Set = ["CSQLiteShim", "CLinux", "HandOver", "Host", "Journal", "JournalCommand"]
        for file in try SourceFile.all(in: "Sources/Commands/Journal", "Sources/Journal", "Sources/vzmigrate-journal") {
            let ours = file.imports.filter { Self.floor(of: $0) != nil }
            #expect(Set(ours).isSubset(of: allowed), "\(file.path)")
        }
    }

    @Test("The hand-over imports nothing, not even Foundation")
    func handOverIsPure() throws {
        for file in try SourceFile.all(in: "Sources/HandOver") { #expect(file.imports == [], "\(file.path)") }
    }

    @Test("Who finishes migrations knows nothing of files, programs and networks: the simulator runs all of it")
    func supervisorIsSimulated() throws {
        let allowed: Set = ["Destination", "Engine", "HandOver", "Journal", "Source", "Synchronization"]
        for file in try SourceFile.all(in: "Sources/Supervisor") {
            #expect(Set(file.imports).isSubset(of: allowed), "\(file.path)")
        }
    }

    @Test("Only the engine writes events")
    func engineWrites() throws {
        for file in try SourceFile.all(in: "Sources") where file.module != "Engine" {
            for (number, line) in file.lines.enumerated() where line.contains("leadingTo:") {
                Issue.record("\(file.path):\(number + 1) writes an event: have the engine do it, or its recorder")
            }
        }
    }

    @Test("A module of more than 15 files has folders")
    func folders() throws {
        let files = try SourceFile.all(in: "Sources")
        for (module, files) in Dictionary(grouping: files, by: \.module) where files.count > 15 {
            let loose = files.filter { $0.path.split(separator: "/").count == 3 }
            #expect(loose.count <= 15, "\(module) has \(loose.count) files outside of its folders")
        }
    }
}
