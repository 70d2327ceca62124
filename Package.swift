// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 language mode comes with the tools version; a warning is an error in every target of ours.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let package = Package(
    name: "vzmigrate",
    products: [
        .executable(name: "vzmigrate", targets: ["vzmigrate"]),
        .executable(name: "vzmigrate-agent", targets: ["vzmigrate-agent"]),
        .executable(name: "vzmigrate-journal", targets: ["vzmigrate-journal"]),
        .executable(name: "pmigrate", targets: ["pmigrate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        // C
        .target(name: "CSQLiteShim", linkerSettings: [.linkedLibrary("sqlite3")]),
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .target(name: "CLinux"),

        // Ground
        room("ContainerIdentity"),
        room("MigrationModel", ["ContainerIdentity"]),
        room("JournalSchema", resources: [.embedInCode("v1.sql")]),
        room("ToolInformation"),
        room("BlockingWork", ["CLinux"]),
        room("LZ4Frame", ["CLZ4"]),
        room("CriuImages"),
        room("HostAccess", ["CLinux", systemPackage]),
        room("FrameStream", ["CLinux", "HostAccess", "LZ4Frame", crypto, systemPackage]),

        // The migration wing
        room(
            "MigrationJournal",
            ["BlockingWork", "ContainerIdentity", "CSQLiteShim", "JournalSchema", "MigrationModel", crypto, grdb]),

        // The server wing
        room("AgentProtocol", [systemPackage]),
        room("SecureShell", ["BlockingWork", "CLinux", "CLibSSH2", "HostAccess", crypto, systemPackage]),
        room("TreeSync", ["CLinux", "FrameStream", "HostAccess", crypto, systemPackage]),
        room("NodeConfiguration", ["ContainerIdentity", "HostAccess"]),
        room("ContainerRuntime", ["CLinux", "CriuImages", "HostAccess"]),
        room(
            "MemoryTransfer", ["CLinux", "CriuImages", "FrameStream", "HostAccess", crypto, systemPackage]),
        room(
            "PostCopy", ["CLinux", "CriuImages", "FrameStream", "HostAccess", "MemoryTransfer", systemPackage]),
        room(
            "ContainerHost",
            [
                "ContainerIdentity", "ContainerRuntime", "CriuImages", "HostAccess", "MemoryTransfer",
                "NodeConfiguration", "PostCopy", "TreeSync",
            ]),

        room(
            "ServerFacts",
            [
                "AgentProtocol", "CLinux", "ContainerHost", "ContainerIdentity", "ContainerRuntime", "HostAccess",
                "MemoryTransfer", "NodeConfiguration", systemPackage,
            ]),

        // What the wings have in common
        room("NodeChecks", ["AgentProtocol", "MigrationModel"]),

        // The loop, and the one door between the wings
        room("MigrationEngine", ["BlockingWork", "ContainerIdentity", "MigrationJournal", "MigrationModel"]),
        room(
            "MigrationSteps",
            [
                "AgentProtocol", "BlockingWork", "ContainerHost", "ContainerIdentity", "ContainerRuntime",
                "FrameStream",
                "HostAccess", "MemoryTransfer", "MigrationEngine", "MigrationJournal", "MigrationModel", "NodeChecks",
                "NodeConfiguration", "PostCopy", "SecureShell", "ServerFacts", "TreeSync", systemPackage,
            ]),
        room(
            "AgentSteps",
            [
                "AgentProtocol", "BlockingWork", "ContainerHost", "ContainerIdentity", "ContainerRuntime",
                "FrameStream",
                "HostAccess", "MemoryTransfer", "MigrationEngine", "MigrationJournal", "MigrationModel",
                "NodeConfiguration", "PostCopy", "ServerFacts",
                "TreeSync", systemPackage,
            ]),

        // Commands and programs
        room(
            "MigrateCommand",
            [
                "AgentProtocol", "AgentSteps", "BlockingWork", "CLinux", "ContainerHost", "ContainerIdentity",
                "ContainerRuntime", "HostAccess", "JournalSchema", "MigrationEngine", "MigrationJournal",
                "MigrationModel", "MigrationSteps", "NodeChecks",
                "NodeConfiguration", "SecureShell", "ToolInformation", argumentParser,
            ]),
        room(
            "AgentCommand",
            [
                "AgentProtocol", "AgentSteps", "ContainerHost", "ContainerRuntime", "HostAccess", "JournalSchema",
                "MigrationJournal", "NodeConfiguration", "PostCopy",
                "ToolInformation", systemPackage,
            ]),
        room("JournalCommand", ["JournalSchema", "MigrationJournal", "ToolInformation", argumentParser]),
        program("vzmigrate", ["MigrateCommand"]),
        program("vzmigrate-agent", ["AgentCommand"]),
        program("vzmigrate-journal", ["JournalCommand"]),
        program("pmigrate", ["MigrateCommand"]),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["CLinux", "ContainerIdentity", "HostAccess", "MigrationJournal", "MigrationModel"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "LabSupport", path: "Tests/LabSupport", exclude: ["append-stop"], swiftSettings: strict),
        .executableTarget(
            name: "torture", dependencies: ["LabSupport", "TestSupport", argumentParser], path: "Tests/Torture",
            swiftSettings: strict),
        program("journal-test-writer", ["MigrationJournal"]),
        tests("AgentProtocolTests", ["AgentProtocol", systemPackage]),
        tests("BlockingWorkTests", ["BlockingWork"]),
        tests(
            "ContainerHostTests",
            ["ContainerHost", "ContainerIdentity", "ContainerRuntime", "HostAccess", "NodeConfiguration"]),
        tests("ContainerIdentityTests", ["ContainerIdentity"]),
        tests("ContainerRuntimeTests", ["ContainerRuntime", "HostAccess"]),
        tests("HostAccessTests", ["CLinux", "HostAccess", systemPackage]),
        tests(
            "JournalCommandTests",
            ["JournalCommand", "MigrationJournal", "ToolInformation", argumentParser, "vzmigrate-journal"]),
        tests("LZ4FrameTests", ["LZ4Frame"]),
        tests(
            "MigrateCommandTests",
            [
                "AgentProtocol", "ContainerIdentity", "MigrateCommand", "MigrationJournal", "MigrationModel",
                argumentParser, systemPackage, "pmigrate", "vzmigrate", "vzmigrate-agent",
            ]),
        tests(
            "MigrationEngineTests",
            ["ContainerIdentity", "MigrationEngine", "MigrationJournal", "MigrationModel"]),
        tests(
            "MigrationJournalTests",
            [
                "BlockingWork", "CSQLiteShim", "MigrationJournal", "MigrationModel", grdb, "journal-test-writer",
                "vzmigrate-journal",
            ]),
        tests(
            "MemoryTransferTests",
            ["CLinux", "CriuImages", "FrameStream", "HostAccess", "MemoryTransfer", systemPackage]),
        tests(
            "PostCopyTests",
            [
                "CLinux", "CriuImages", "FrameStream", "HostAccess", "MemoryTransfer", "PostCopy", "vzmigrate-agent",
                systemPackage,
            ]),
        tests("CriuImagesTests", ["CriuImages"]),
        tests("MigrationModelTests", ["ContainerIdentity", "MigrationModel"]),
        tests("NodeConfigurationTests", ["ContainerIdentity", "HostAccess", "NodeConfiguration"]),
        tests("SecureShellTests", ["BlockingWork", "SecureShell", "vzmigrate", systemPackage]),
        tests(
            "SimulationTests",
            [
                "AgentProtocol", "AgentSteps", "ContainerHost", "ContainerIdentity", "FrameStream", "HostAccess",
                "MemoryTransfer", "MigrationEngine", "MigrationJournal", "MigrationModel", "MigrationSteps",
                "NodeChecks", "NodeConfiguration", "PostCopy", "SecureShell", "ServerFacts",
            ]),
        tests("NodeChecksTests", ["AgentProtocol", "MigrationModel", "NodeChecks"]),
        tests("ServerFactsTests", ["AgentProtocol", "ContainerIdentity", "NodeConfiguration", "ServerFacts"]),
        tests("TidyTests", ["MigrationJournal", "MigrationModel"]),
        tests("TreeSyncTests", ["CLinux", "FrameStream", "HostAccess", "LZ4Frame", "TreeSync", systemPackage]),
        .testTarget(name: "IntegrationTests", dependencies: ["LabSupport"], swiftSettings: strict),
    ]
)
