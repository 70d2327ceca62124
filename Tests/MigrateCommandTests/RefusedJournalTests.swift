import Foundation
import HandOver
import Journal
import Testing
import TestSupport

/// The programs as they are built, on a server that is this machine but for /etc and /var/lib.
@Suite(
    "A journal that cannot be trusted is refused in one sentence, and no container is touched",
    .enabled(if: TestUser.isRoot, "needs root"))
struct RefusedJournalTests {
    /// One way in which a journal is not to be trusted.
    struct Case: Sendable, CustomTestStringConvertible {
        let title: String
        /// What the sentence has to contain.
        let words: [String]
        /// Shell, with the journal's directory of the server as `$J` and its copy outside as `$1/journal`.
        let script: String
        /// Words before the program's own.
        var wrapper: [String] = []

        var testDescription: String { self.title }

        init(_ title: String, _ words: String..., script: String, wrapper: [String] = []) {
            (self.title, self.words, self.script, self.wrapper) = (title, words, script, wrapper)
        }
    }

    private static let remedy = "move /var/lib/vzmigrate/journal.db* and the journal.lock beside it away"

    /// Writes "NFS" over what the kernel says of the file system. See: 'man 1 strace', "Tampering".
    private static let network = [
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=statfs", "-e",
        "inject=statfs:poke_exit=@arg2=6969000000000000",
    ]

    static let cases = [
        Case("a text file", "is no SQLite database", Self.remedy, script: "yes | head -c 9000 > $J/journal.db"),
        Case("an empty file", "does not contain event", Self.remedy, script: ": > $J/journal.db"),
        Case("half a file", "journal.db", Self.remedy, script: "truncate -s 36864 $J/journal.db"),
        Case(
            "a log that lost its last event", "does not contain event", Self.remedy,
            script: "cp $1/log $J/journal.db-wal; truncate -s -4120 $J/journal.db-wal; cp $1/before.db $J/journal.db"),
        Case(
            "a flipped bit in what would be acted upon", "it was altered", Self.remedy,
            script: "sed -i 's/freezeContainer.intent/freezeContainer.intenu/' $J/journal.db"),
        Case(
            "a flipped bit in a path", "private part", Self.remedy,
            script: "sed -i 's|private/101\"}|private/111\"}|' $J/journal.db"),
        Case(
            "a backup", "restored from a backup", Self.remedy,
            script: "cp $1/backup.db $J/journal.db; : > $J/journal.db-wal"),
        Case(
            "a newer schema", "has schema 2", "newer program",
            script: "printf '\\000\\000\\000\\002' | dd of=$J/journal.db bs=1 seek=60 conv=notrunc status=none"),
        Case(
            "a link", "no plain file", Self.remedy,
            script: "mv $J/journal.db $J/aside.db; ln -s aside.db $J/journal.db"),
        Case(
            "a linked lock file", "symbolic link", "journal.lock",
            script: "mv $J/journal.lock $J/aside; ln -s aside $J/journal.lock"),
        Case("a read-only file system", "Read-only", "for writing", script: "mount -o remount,bind,ro $J"),
        Case(
            "a file in place of the directory", "Move away", "/var/lib/vzmigrate",
            script: "umount $J; rmdir $J; : > $J; : > $1/file; mount --bind $1/file $J"),
        Case("a file system in memory", "tmpfs", "local disk", script: "umount $J; mount -t tmpfs none $J"),
        Case("a network file system", "NFS", "local disk", script: ":", wrapper: Self.network),
    ]

    static let programs = [["vzmigrate", "node2", "101"], ["vzmigrate", "--recover"], ["vzmigrate-agent"]]

    /// A server with a fenced container whose migration died in the freeze, and its journal, closed.
    static func server() async throws -> TemporaryFolder {
        let folder = TemporaryFolder(in: "/var/tmp")
        for name in ["vz", "vz/conf", "private", "private/101"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
        }
        try folder.write("vz/vz.conf", "VE_PRIVATE=\"\(folder.path)/private/$VEID\"\nLOCKDIR=\"\(folder.path)\"\n")
        try folder.write("vz/conf/101.conf", "DISABLED=\"yes\"\n")
        try folder.write("private/101/config.json", "{}")
        try await Self.makeJournal(in: folder)
        return folder
    }

    static func store(in folder: TemporaryFolder) throws -> JournalStore {
        var options = JournalStore.Options()
        options.allowsVolatileFileSystem = true
        return try JournalStore(directory: "\(folder.path)/journal", toolVersion: "test", options: options)
    }

    /// Also `backup.db`, an earlier state, and `before.db` with `log`, the last one before, and what was logged since.
    private static func makeJournal(in folder: TemporaryFolder) async throws {
        func keep(_ name: String, as copy: String) throws {
            try FileManager.default.copyItem(
                atPath: "\(folder.path)/journal/\(name)", toPath: "\(folder.path)/\(copy)")
        }
        var store = try Self.store(in: folder)
        try await store.live(upTo: nil)
        try store.close()
        try keep("journal.db", as: "backup.db")
        store = try Self.store(in: folder)
        try await store.live(upTo: .freezeContainer)
        try store.checkpoint()
        try keep("journal.db", as: "before.db")
        try store.append(NewRecord(kind: "marked", recordClass: .custody))
        try keep("journal.db-wal", as: "log")
        try store.close()
    }

    /// Runs a program on that server, after a script.
    static func run(_ words: [String], on folder: TemporaryFolder, _ script: String) -> ChildProgram.Result {
        let setting = """
            set -e; J=/var/lib/vzmigrate
            mount -t tmpfs none /etc; mkdir /etc/vz; mount --bind "$1/vz" /etc/vz
            mount -t tmpfs none /var/lib; mkdir $J; mount --bind "$1/journal" $J
            \(script)
            shift; exec "$@"
            """
        return ChildProgram.run(
            [
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                "sh", "-c", setting, "sh", folder.path,
            ] + words)
    }

    private static func built(_ words: [String]) -> [String] { [ChildProgram.built(words[0])] + words.dropFirst() }

    /// Every file that is a container's or says of one, with its bytes.
    private static func containers(_ folder: TemporaryFolder) throws -> [String: String] {
        var files: [String: String] = [:]
        for root in ["vz", "private"] {
            for name in try FileManager.default.subpathsOfDirectory(atPath: "\(folder.path)/\(root)") {
                files["\(root)/\(name)"] = (try? folder.read("\(root)/\(name)")) ?? ""
            }
        }
        return files
    }

    @Test("Refused", .timeLimit(.minutes(10)), arguments: cases)
    func refused(_ row: Case) async throws {
        try #require(ChildProgram.isInstalled("strace"), "strace is not here: run tools/prerequisites")
        let folder = try await Self.server()
        let before = try Self.containers(folder)
        for (index, words) in Self.programs.enumerated() {
            // What the script does to the files stays from one program to the next; a mount does not.
            let lasts = row.script.contains("mount") || index == 0
            let result = Self.run(row.wrapper + Self.built(words), on: folder, lasts ? row.script : ":")
            #expect(result.status == 2, "\(words): \(result)")
            let sentences = result.errors.split(separator: "\n")
            #expect(sentences.count == 1, "\(words): \(result)")
            for part in row.words { #expect(result.errors.contains(part), "\(words): \(result)") }
            #expect(result.output.isEmpty, "\(words): \(result)")
            #expect(try Self.containers(folder) == before)
        }
    }

    @Test("The same journal, whole, is acted upon", .timeLimit(.minutes(10)))
    func accepted() async throws {
        let folder = try await Self.server()
        // What it does then is no matter here.
        let result = Self.run(
            ["timeout", "-s", "KILL", "3"] + Self.built(["vzmigrate", "--recover"]), on: folder, ":")
        #expect(result.output.contains("CT 101: recovering migration"), "\(result)")
    }
}
