internal import Testing

@Suite("Arrows between modules run down only, and the two wings meet in the steps and the commands alone")
struct ImportTests {
    /// The house, from the ground up: a module may import those of the floors below its own, and no other.
    ///
    /// A new module gets a floor here, and the same place in docs/design.md.
    static let floors: [(name: String, modules: Set<String>)] = [
        ("C", ["CLZ4", "CLibSSH2", "CLinux", "CSQLiteShim"]),
        (
            "ground",
            [
                "BlockingWork", "ContainerIdentity", "CriuImages", "HostAccess", "JournalSchema", "LZ4Frame",
                "ToolInformation",
            ]
        ),
        ("model and frames", ["FrameStream", "MigrationModel"]),
        (
            "wings",
            [
                "AgentProtocol", "ContainerRuntime", "MemoryTransfer", "MigrationJournal", "NodeConfiguration",
                "SecureShell", "TreeSync",
            ]
        ),
        ("memory that follows", ["PostCopy"]),
        ("loop and host", ["ContainerHost", "MigrationEngine"]),
        ("checks", ["NodeChecks", "ServerFacts"]),
        ("door", ["AgentSteps", "MigrationSteps"]),
        ("commands", ["AgentCommand", "JournalCommand", "MigrateCommand"]),
        ("programs", ["journal-test-writer", "pmigrate", "vzmigrate", "vzmigrate-agent", "vzmigrate-journal"]),
    ]

    static let serverWing: Set = [
        "AgentProtocol", "ContainerHost", "ContainerRuntime", "CriuImages", "FrameStream", "HostAccess", "LZ4Frame",
        "MemoryTransfer", "NodeConfiguration", "PostCopy", "SecureShell", "ServerFacts",
        "TreeSync",
    ]
    static let migrationWing: Set = ["JournalSchema", "MigrationEngine", "MigrationJournal", "MigrationModel"]

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

    @Test("The server wing has not heard of migrations, and the migration wing has never met a server")
    func wingsAreApart() throws {
        for file in try SourceFile.all(in: "Sources") {
            let imports = Set(file.imports)
            if Self.serverWing.contains(file.module) {
                #expect(imports.isDisjoint(with: Self.migrationWing), "\(file.path) is of the server wing")
            }
            if Self.migrationWing.contains(file.module) {
                #expect(imports.isDisjoint(with: Self.serverWing), "\(file.path) is of the migration wing")
            }
        }
    }

    @Test("vzmigrate-journal links nothing that could touch a server")
    func journalReadsOnly() throws {
        for file in try SourceFile.all(in: "Sources/JournalCommand", "Sources/vzmigrate-journal") {
            #expect(Set(file.imports).isDisjoint(with: Self.serverWing.union(["MigrationEngine"])), "\(file.path)")
        }
    }

    @Test("The model imports the identity of containers, and nothing else, not even Foundation")
    func modelIsPure() throws {
        for file in try SourceFile.all(in: "Sources/MigrationModel") {
            #expect(Set(file.imports).isSubset(of: ["ContainerIdentity"]), "\(file.path)")
        }
    }
}
