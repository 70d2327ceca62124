import Glibc
import Host
import Testing
import TestSupport

@Suite("A lock has one holder, who is named to whoever comes second")
struct FileLockTests {
    private let folder = TemporaryFolder()

    private var path: String { "\(self.folder.path)/101.lck" }

    /// What an attempt is told; `nil` if it got the lock.
    private func refusal() throws -> String? {
        do throws(LockError) {
            _ = try FileLock(acquiring: self.path, purpose: "second")
            return nil
        } catch .held(let path, let holder) {
            #expect(path == self.path)
            return holder
        }
    }

    private func hold(_ work: () throws -> Void) throws {
        let lock = try FileLock(acquiring: self.path, purpose: "migration 7 of CT 101")
        try work()
        _ = consume lock
    }

    @Test("A second attempt is told the program, process, purpose and time, and the release lets it in")
    func secondAttempt() throws {
        try self.hold {
            let holder = try #require(try self.refusal())
            #expect(holder.contains("(process \(getpid())), migration 7 of CT 101, since 20"))
            let text = String(decoding: try DurableFile.read(self.path, limit: 4096), as: UTF8.self)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines[0] == "\(getpid())")
        }
        #expect(try DurableFile.read(self.path, limit: 4096) == [])
        #expect(try self.refusal() == nil)
    }

    @Test("flock(1) sees our lock, and its end")
    func seenByOthers() throws {
        try self.hold {
            #expect(ChildProgram("flock", "-n", self.path, "true").exitStatus() == 1)
        }
        #expect(ChildProgram("flock", "-n", self.path, "true").exitStatus() == 0)
    }

    @Test("A program that holds the lock without a word is named from the kernel's table")
    func heldByOther() throws {
        let other = ChildProgram("flock", "-n", self.path, "-c", "echo locked; read line")
        #expect(other.line() == "locked")
        let holder = try #require(try self.refusal())
        #expect(holder == "flock (process \(other.identifier))" || holder == "a process that did not say who it is")
    }

    @Test("The text that a dead holder left is not believed")
    func deadHolder() throws {
        let dead = ChildProgram("true")
        #expect(dead.exitStatus() == 0)
        let text = "\(dead.identifier)\nmigration 1\nvzmigrate\n2026-01-01T00:00:00Z\n1\n"
        try DurableFile.write(Array(text.utf8), to: self.path)
        let other = ChildProgram("flock", "-n", self.path, "-c", "echo locked; read line")
        #expect(other.line() == "locked")
        #expect(try #require(try self.refusal()).contains("migration 1") == false)
    }

    @Test("A process that has the number of a dead holder, but started later, is not taken for it")
    func reusedNumber() throws {
        let text = "\(getpid())\nmigration 1\nvzmigrate\n2026-01-01T00:00:00Z\n1\n"
        try DurableFile.write(Array(text.utf8), to: self.path)
        let other = ChildProgram("flock", "-n", self.path, "-c", "echo locked; read line")
        #expect(other.line() == "locked")
        #expect(try #require(try self.refusal()).contains("migration 1") == false)
    }

    @Test("The lock of a holder that was killed is free, whatever the file says")
    func killedHolder() throws {
        let other = ChildProgram("flock", "-n", "--no-fork", self.path, "sh", "-c", "echo locked; read line")
        #expect(other.line() == "locked")
        #expect(try self.refusal() != nil)
        other.kill()
        #expect(try self.refusal() == nil)
    }

    @Test("A child that outlives the holder does not have the lock")
    func childDoesNotInherit() throws {
        var child: ChildProgram?
        try self.hold {
            child = ChildProgram("sh", "-c", "echo started; read line")
            #expect(child?.line() == "started")
        }
        #expect(try self.refusal() == nil)
        child?.kill()
    }

    @Test("A purpose cannot forge another line")
    func purposeIsOneLine() throws {
        let lock = try FileLock(acquiring: self.path, purpose: "a\r\nb")
        #expect(try self.refusal()?.contains("a  b, since") == true)
        _ = consume lock
    }

    @Test("A full disk keeps nobody from a lock, and whoever counts on being found hears of it")
    func fullDisk() throws {
        let lock = try FileLock(acquiring: "/dev/full", purpose: "migration 7 of CT 101")
        #expect(lock.announcementFailure == FileError("write", "/dev/full", errno: ENOSPC))
        #expect(FileLock.holder(of: "/dev/full") == nil)
        #expect(throws: LockError.self) { _ = try FileLock(acquiring: "/dev/full", purpose: "second") }
        _ = consume lock
        let other = try FileLock(acquiring: self.path, purpose: "a disk with room")
        #expect(other.announcementFailure == nil)
        _ = consume other
    }

    @Test("A lock file that cannot be opened is an error with its path")
    func unusablePath() {
        #expect(throws: LockError.file(FileError("open the lock file", "/nonexistent/a.lck", errno: ENOENT))) {
            _ = try FileLock(acquiring: "/nonexistent/a.lck", purpose: "")
        }
        #expect(symlink("elsewhere", self.path) == 0)
        #expect(throws: LockError.self) { _ = try FileLock(acquiring: self.path, purpose: "") }
    }
}
