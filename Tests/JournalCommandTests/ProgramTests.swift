import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("vzmigrate-journal answers with the exit status of its table")
struct ProgramTests {
    let folder = TemporaryFolder()
    let database: String
    let migration = UniqueID.random()
    let store: JournalStore

    init() throws {
        self.database = "\(self.folder.path)/journal/journal.db"
        var options = JournalStore.Options()
        options.allowsVolatileFileSystem = true
        self.store = try JournalStore(
            directory: "\(self.folder.path)/journal", toolVersion: "1.0-test", options: options)
        let records = (0..<3).map { NewRecord(kind: "step\($0)", migration: self.migration, container: "101") }
        try self.store.append(contentsOf: records)
    }

    static let program = ChildProgram.built("vzmigrate-journal")

    func run(_ arguments: [String], as wrapper: [String] = []) -> ChildProgram.Result {
        ChildProgram.run(wrapper + [Self.program] + arguments)
    }

    @Test("0: list, show by prefix and by container, verify, help")
    func success() throws {
        let list = self.run(["list", "--db", self.database])
        #expect(list.status == 0)
        #expect(list.output.contains("\(self.migration.short)   101"))
        for name in [self.migration.short, "101"] {
            let show = self.run(["show", "--db", self.database, name])
            #expect(show.status == 0)
            #expect(show.output.contains("step2"))
        }
        let verify = self.run(["verify", "--db", self.database])
        #expect(verify.status == 0)
        #expect(verify.output.hasPrefix("4 events, chain intact, head 4:"))
        let kept = self.run(["kept", "--db", self.database])
        #expect(kept.status == 0)
        #expect(kept.output == "Nothing is kept.\n")
        for arguments in [["--help"]] + ["list", "show", "kept", "verify"].map({ [$0, "--help"] }) {
            let help = self.run(arguments)
            #expect(help.status == 0)
            #expect(help.output.contains("USAGE: vzmigrate-journal"))
            #expect(help.errors.isEmpty)
        }
    }

    @Test(
        "1: what is no command line", arguments: [["bogus"], ["show"], ["list", "--db"], ["verify", "--anchor", "x"]])
    func usage(arguments: [String]) throws {
        let result = self.run(arguments)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test("2: no such migration, no journal: one sentence")
    func notFound() throws {
        for arguments in [["show", "--db", self.database, "zzz"], ["list", "--db", "\(self.folder.path)/none.db"]] {
            let result = self.run(arguments)
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    @Test("4: a byte of the journal was altered")
    func chainBroken() throws {
        try self.store.close()
        var bytes = try Data(contentsOf: URL(filePath: self.database))
        let place = try #require(bytes.range(of: Data("step1".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "S")
        let copy = "\(self.folder.path)/copy.db"
        try bytes.write(to: URL(filePath: copy))
        let result = self.run(["verify", "--db", copy])
        #expect(result.status == 4)
        #expect(result.output.contains("event 3: it was altered"))
        #expect(self.run(["show", "--db", copy, "101"]).output.contains("Step1"))
    }

    @Test("5: a witness saw more than is there")
    func truncated() throws {
        let head = try self.store.reader.head()
        #expect(self.run(["verify", "--db", self.database, "--anchor", "\(head)"]).status == 0)
        let later = ChainHead(sequence: 99, hash: head.hash)
        let other = ChainHead(sequence: 2, hash: head.hash)
        for witness in [later, other] {
            let result = self.run(["verify", "--db", self.database, "--anchor", "\(witness)"])
            #expect(result.status == 5)
            #expect(result.output.contains("event \(witness.sequence): a witness saw"))
        }
    }

    @Test("6: what is no journal")
    func unreadable() throws {
        let path = "\(self.folder.path)/text.db"
        try Data("not a database, however long this text may go on and on".utf8).write(to: URL(filePath: path))
        for verb in ["list", "verify"] { #expect(self.run([verb, "--db", path]).status == 6) }
    }

    @Test("A reader that goes away is no failure")
    func brokenPipe() throws {
        for _ in 0..<20 {
            let payload = Array(#"{"text":"\#(String(repeating: "x", count: 8_000))"}"#.utf8)
            try self.store.append(NewRecord(kind: "long", migration: self.migration, payload: payload))
        }
        let script = "{ \"$0\" show --db \"$1\" 101; echo \"status $?\" >&2; } | head -c 10"
        let result = ChildProgram.run("sh", "-c", script, Self.program, self.database)
        #expect(result.errors == "status 0\n")
    }

    @Test(
        "A member of the group reads beside the writer and after it, without a right to write",
        .enabled(if: TestUser.isRoot && ChildProgram.isInstalled("setpriv"), "needs root and setpriv"))
    func auditor() throws {
        try #require(chmod(self.folder.path, 0o755) == 0)
        let group = gid_t(60_123)
        for name in ["", "/journal.db", "/journal.db-wal", "/journal.db-shm"] {
            try #require(chown("\(self.folder.path)/journal\(name)", 0, group) == 0)
        }
        func wrapper(_ group: gid_t) -> [String] {
            ["/usr/bin/setpriv", "--reuid=60124", "--regid=\(group)", "--clear-groups", "--"]
        }
        #expect(self.run(["verify", "--db", self.database], as: wrapper(group)).status == 0)
        #expect(self.run(["verify", "--db", self.database], as: wrapper(60_125)).status != 0)
        try self.store.append(NewRecord(kind: "later", migration: self.migration))
        #expect(self.run(["verify", "--db", self.database], as: wrapper(group)).output.hasPrefix("5 events"))
        try self.store.close()
        #expect(self.run(["verify", "--db", self.database], as: wrapper(group)).output.hasPrefix("5 events"))
    }
}
