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

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func commands(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: "\(name)Command", dependencies: dependencies, path: "Sources/Commands/\(name)", swiftSettings: strict)
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

        // The ground: words that every room shares. It imports nothing.
        module("HandOver"),

        // What a server can do
        module("Host", ["CLinux", systemPackage]),
        module("SSH", ["CLinux", "CLibSSH2", "Host", crypto, systemPackage]),
        module("Transfer", ["CLinux", "CLZ4", "HandOver", "Host", crypto, systemPackage]),
        module("Container", ["CLinux", "HandOver", "Host", "Transfer", systemPackage]),

        // What was done
        module(
            "Journal", ["CSQLiteShim", "HandOver", "Host", crypto, grdb], resources: [.embedInCode("Schema/v1.sql")]),

        // The loop
        module("Engine", ["HandOver", "Host", "Journal"]),

        // The two sides
        module(
            "Source", ["Container", "Engine", "HandOver", "Host", "Journal", "SSH", "Transfer", systemPackage]),
        module("Destination", ["Container", "Engine", "HandOver", "Host", "Journal", "Transfer", systemPackage]),

        // Who finishes
        module("Supervisor", ["Destination", "Engine", "HandOver", "Journal", "Source"]),

        // Commands and programs
        commands(
            "Migrate",
            [
                "CLinux", "Container", "Destination", "Engine", "HandOver", "Host", "Journal", "SSH", "Source",
                "Supervisor", "Transfer", argumentParser,
            ]),
        commands("Agent", ["Container", "Destination", "HandOver", "Host", "Journal", "Transfer", systemPackage]),
        commands("Journal", ["Host", "Journal", argumentParser]),
        program("vzmigrate", ["MigrateCommand"]),
        program("vzmigrate-agent", ["AgentCommand"]),
        program("vzmigrate-journal", ["JournalCommand"]),
        program("pmigrate", ["MigrateCommand"]),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["CLinux", "HandOver", "Host", "Journal"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "LabSupport", path: "Tests/LabSupport", exclude: ["append-stop"], swiftSettings: strict),
        .executableTarget(
            name: "torture", dependencies: ["LabSupport", "TestSupport", argumentParser], path: "Tests/Torture",
            swiftSettings: strict),
        program("journal-test-writer", ["Journal"]),
        tests("HandOverTests", ["HandOver", "Transfer", systemPackage]),
        tests("HostTests", ["CLinux", "Host", systemPackage]),
        tests("SSHTests", ["Host", "SSH", "vzmigrate", systemPackage]),
        tests("TransferTests", ["CLinux", "HandOver", "Host", "Transfer", "vzmigrate-agent", systemPackage]),
        tests("ContainerTests", ["Container", "HandOver", "Host"]),
        tests(
            "JournalTests",
            ["CSQLiteShim", "HandOver", "Host", "Journal", grdb, "journal-test-writer", "vzmigrate-journal"]),
        tests("EngineTests", ["Engine", "HandOver", "Journal"]),
        tests(
            "SimulationTests",
            [
                "Container", "Destination", "Engine", "HandOver", "Host", "Journal", "SSH", "Source",
                "Supervisor", "Transfer",
            ]),
        tests(
            "MigrateCommandTests",
            [
                "HandOver", "Journal", "MigrateCommand", "Supervisor", "Transfer", argumentParser, systemPackage,
                "pmigrate", "vzmigrate", "vzmigrate-agent",
            ]),
        tests(
            "JournalCommandTests",
            ["HandOver", "Host", "Journal", "JournalCommand", argumentParser, "vzmigrate-journal"]),
        tests("TidyTests", ["HandOver", "Journal"]),
        .testTarget(name: "IntegrationTests", dependencies: ["LabSupport"], swiftSettings: strict),
    ]
)
