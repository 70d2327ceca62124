import Engine
import Foundation
import HandOver
import Journal
import Synchronization
import Testing
import TestSupport

@Suite(
    "A disk that fills up under the journal ends the process, and a later one ends the migration right",
    .enabled(if: TestUser.isRoot, "needs root"), .serialized)
struct FullDiskTests {
    /// What a whole migration appends: what was planned, then an intent and a fact a step.
    static let appendCount = 1 + 2 * CrashRecoveryTests.steps.count

    /// A journal on a small file system of its own.
    private final class SmallDisk {
        let folder = TemporaryFolder()
        var path: String { self.folder.path }

        init() throws {
            let mounted = ChildProgram.run("mount", "-t", "tmpfs", "-o", "size=2m", "none", self.path)
            try #require(mounted.status == 0, "\(mounted.errors)")
        }

        deinit { ChildProgram.run("umount", "-l", self.path) }

        func empty() { unlink("\(self.path)/ballast") }

        /// The journal as a new process opens it, and the migration's part of it.
        func opened(_ migration: UniqueID) throws -> (JournalStore, MigrationLog<SourceMigration>) {
            var options = JournalStore.Options()
            options.allowsVolatileFileSystem = true
            let store = try JournalStore(directory: "\(self.path)/journal", toolVersion: "test", options: options)
            return (store, try MigrationLog(of: migration, in: store, peer: PeerWitness()))
        }
    }

    /// The journal, but for the disk that is full from that append on.
    private final class FillingLog: EventLog {
        typealias Machine = SourceMigration

        private let log: MigrationLog<SourceMigration>
        private let left: Mutex<Int>
        private let fill: @Sendable () -> Void

        init(_ log: MigrationLog<SourceMigration>, from append: Int, fill: @escaping @Sendable () -> Void) {
            self.log = log
            self.left = Mutex(append)
            self.fill = fill
        }

        func append(_ event: SourceEvent, leadingTo migration: SourceMigration) async throws {
            let isDue = self.left.withLock { left in
                left -= 1
                return left == 0
            }
            if isDue { self.fill() }
            try await self.log.append(event, leadingTo: migration)
        }
    }

    @Test("Full from each append on", .timeLimit(.minutes(5)), arguments: 2...appendCount)
    func full(from append: Int) async throws {
        let disk = try SmallDisk()
        let performer = ScriptedPerformer()
        let plan = SourceEvent.planned(.example())
        var migration = try SourceMigration(startingWith: plan)
        do {
            let (store, journal) = try disk.opened(migration.migration)
            let log = FillingLog(journal, from: append) { [folder = disk.folder] in Self.fill(folder) }
            try await log.append(plan, leadingTo: migration)
            let engine = MigrationEngine(performer: performer, log: log)
            let error = await #expect(throws: JournalError.self) { try await engine.run(&migration) }
            #expect(error?.description.contains("Make room on that disk") == true, "\(String(describing: error))")
            #expect(performer.effects.count == (append - 1) / 2, "something was done after the append that failed")
            #expect(throws: JournalError.self) { try store.checkpoint() }
        }
        let done = performer.effects
        await #expect(throws: (any Error).self, "the disk is full still") {
            try await Self.recover(migration.migration, on: disk, performer)
        }
        #expect(performer.effects.dropFirst(done.count).allSatisfy { $0 == done.last }, "\(performer.effects)")
        disk.empty()
        let end = try await Self.recover(migration.migration, on: disk, performer)
        #expect(end.phase.isEnded)
        #expect((end.phase == .completed) == performer.effects.contains(.deliverCommit))
        #expect(!(performer.effects.contains(.deliverCommit) && performer.effects.contains(.rollBack)))
    }

    /// As `vzmigrate --recover` does it.
    @discardableResult
    private static func recover(
        _ id: UniqueID, on disk: SmallDisk, _ performer: ScriptedPerformer
    ) async throws -> SourceMigration {
        let (store, log) = try disk.opened(id)
        var migration = try #require(try store.replay(id, as: SourceMigration.self))
        let engine = MigrationEngine(performer: performer, log: log)
        try await engine.resolveStepInFlight(of: &migration)
        if !migration.phase.isPastCommit, migration.failure == nil {
            try await engine.record(.interrupted(.example), in: &migration)
        }
        try await engine.run(&migration)
        #expect(try store.reader.verify().isIntact)
        return migration
    }

    /// Until not one byte more has room.
    private static func fill(_ folder: TemporaryFolder) {
        let file = open("\(folder.path)/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) > 0 {}
    }
}
