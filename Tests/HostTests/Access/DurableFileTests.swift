import Glibc
import Host
import Testing
import TestSupport

@Suite("A durable write leaves the old file or the new one")
struct DurableFileTests {
    private let folder = TemporaryFolder()

    private var path: String { "\(self.folder.path)/101.conf" }

    private func content(_ path: String) throws -> String {
        String(decoding: try DurableFile.read(path, limit: 1 << 20), as: UTF8.self)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }

    @Test("A new file has the mode asked for, whatever the umask, and leaves nothing beside it")
    func newFile() throws {
        try DurableFile.write(Array("A=1\n".utf8), to: self.path, mode: 0o666)
        #expect(try self.content(self.path) == "A=1\n")
        #expect(self.mode(self.path) & 0o7777 == 0o666)
        #expect(try DurableFile.names(in: self.folder.path) == ["101.conf"])
    }

    @Test("A file that is replaced passes on its owner and mode", .enabled(if: TestUser.isRoot, "needs root"))
    func keepsOwner() throws {
        try DurableFile.write([1], to: self.path)
        #expect(chown(self.path, 1234, 2345) == 0)
        #expect(chmod(self.path, 0o640) == 0)
        try DurableFile.write([2], to: self.path)
        var status = stat()
        #expect(stat(self.path, &status) == 0)
        #expect((status.st_uid, status.st_gid, status.st_mode & 0o7777) == (1234, 2345, 0o640))
        #expect(try DurableFile.read(self.path, limit: 1) == [2])
    }

    @Test("A symbolic link stays, and what it points to is written")
    func followsLink() throws {
        try DurableFile.write([1], to: self.path)
        #expect(symlink("101.conf", "\(self.folder.path)/link") == 0)
        try DurableFile.write([2], to: "\(self.folder.path)/link")
        #expect(try DurableFile.read(self.path, limit: 1) == [2])
        #expect(self.mode("\(self.folder.path)/link") & S_IFMT == S_IFLNK)
    }

    @Test("Without replacing, a file that is there stays")
    func notReplacing() throws {
        try DurableFile.write([1], to: self.path, replacing: false)
        let error = #expect(throws: FileError.self) { try DurableFile.write([2], to: self.path, replacing: false) }
        #expect(error?.isExistingFile == true)
        #expect(try DurableFile.read(self.path, limit: 1) == [1])
        #expect(try DurableFile.names(in: self.folder.path) == ["101.conf"])
    }

    @Test("What a crash before the rename left does no harm, and the next write removes it")
    func staleStage() throws {
        try DurableFile.write(Array("old".utf8), to: self.path)
        let stale = "\(self.folder.path)/.101.conf.00c0ffee.tmp"
        let other = "\(self.folder.path)/.102.conf.00c0ffee.tmp"
        for path in [stale, other] {
            let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(Glibc.write(descriptor, "ha", 2) == 2)
            close(descriptor)
        }
        #expect(try self.content(self.path) == "old")
        try DurableFile.write(Array("new".utf8), to: self.path)
        #expect(try self.content(self.path) == "new")
        #expect(try Set(DurableFile.names(in: self.folder.path)) == ["101.conf", ".102.conf.00c0ffee.tmp"])
    }

    @Test("The temporary file of a writer that lives is left alone")
    func liveStage() throws {
        let live = "\(self.folder.path)/.101.conf.00c0ffee.tmp"
        let descriptor = open(live, O_CREAT | O_WRONLY, 0o600)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        try DurableFile.write([1], to: self.path)
        #expect(DurableFile.exists(live))
    }

    @Test("Writers at the same time leave one whole file")
    func concurrentWriters() async throws {
        let path = self.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(0)..<8 {
                group.addTask {
                    for _ in 0..<10 { try DurableFile.write([UInt8](repeating: writer, count: 50_000), to: path) }
                }
            }
            try await group.waitForAll()
        }
        let bytes = try DurableFile.read(path, limit: 1 << 20)
        #expect(bytes.count == 50_000)
        #expect(Set(bytes).count == 1)
        #expect(try DurableFile.names(in: self.folder.path) == ["101.conf"])
    }

    @Test("A write that fails half-way leaves the old file and nothing else")
    func failedWrite() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            try DurableFile.write([1], to: "\(folder.path)/a")
            signal(SIGXFSZ, SIG_IGN)
            var bound = rlimit(rlim_cur: 4096, rlim_max: 4096)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bound) == 0)
            let error = #expect(throws: FileError.self) {
                try DurableFile.write([UInt8](repeating: 2, count: 10_000), to: "\(folder.path)/a")
            }
            #expect(error?.errno == EFBIG)
            #expect(try DurableFile.read("\(folder.path)/a", limit: 1) == [1])
            #expect(try DurableFile.names(in: folder.path) == ["a"])
        }
    }

    @Test("Reading refuses what is too long and what would block")
    func readBounds() throws {
        try DurableFile.write([1, 2, 3], to: self.path)
        #expect(try DurableFile.read(self.path, limit: 3) == [1, 2, 3])
        #expect(throws: FileError("read", self.path, errno: EFBIG)) { try DurableFile.read(self.path, limit: 2) }
        let fifo = "\(self.folder.path)/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(throws: FileError("read", fifo, errno: EINVAL)) { try DurableFile.read(fifo, limit: 2) }
    }

    @Test("A writer that is killed at any moment leaves one whole file", arguments: 0..<6)
    func killedWriter(round: Int) async throws {
        let path = self.path
        try DurableFile.write([UInt8](repeating: 0, count: 50_000), to: path)
        await #expect(processExitsWith: .signal(SIGALRM)) { [path = path as String] in
            var moment = itimerval()
            moment.it_value.tv_usec = Int.random(in: 200...15_000)
            setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &moment, nil)
            for mark in 1... {
                try DurableFile.write([UInt8](repeating: UInt8(mark % 256), count: 50_000), to: path)
            }
        }
        let bytes = try DurableFile.read(path, limit: 1 << 20)
        #expect(bytes.count == 50_000)
        #expect(Set(bytes).count == 1)
        try DurableFile.write([1], to: path)
        #expect(try DurableFile.names(in: self.folder.path) == ["101.conf"])
    }
}
