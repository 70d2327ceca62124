@testable internal import Container
@testable internal import Host
internal import Testing
internal import TestSupport

@Suite("What CRIU and runc said is told in words for operators")
struct CriuWordsTests {
    @Test("The first real error is found and explained")
    func log() {
        let log = CriuLog(
            text: """
                (00.057567) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not
                (00.1) pie: 1: Error nothing
                (00.120927)      1: Error (criu/files-reg.c:2175): File counter has bad size 22 (expect 20)
                (00.122098) Error (criu/cr-restore.c:2331): Restoring FAILED.
                """)
        #expect(log.errors == ["File counter has bad size 22 (expect 20)", "Restoring FAILED."])
        #expect(log.reason?.contains("another size") == true)
    }

    @Test(
        "Known failures have a sentence, unknown ones none",
        arguments: [
            ("Can't lookup mount=27 for fd=1 path=/var/log/x", "standard output"),
            ("Can't lookup mount=146 for fd=0 path=/dev/pts/0", "terminal"),
            ("unix: Unix socket 139010 not found", "unix socket"),
            ("Unexpected rt vDSO area bounds", "CRIU 4.1"),
            ("Can't dump file 5 of that type [600] (unknown anon_inode:[io_uring])", "io_uring"),
            ("Connected TCP socket, consider using --tcp-established option.", "TCP"),
        ])
    func reasons(words: String, part: String) {
        #expect(CriuLog(text: "(00.1) Error (a.c:1): \(words)\n").reason?.contains(part) == true)
        #expect(CriuLog(text: "(00.1) Error (a.c:1): something new\n").reason == nil)
    }

    @Test("runc's last error is taken out of its log lines")
    func runc() {
        let log = """
            time="2026-01-01T00:00:00Z" level=error msg="first"
            time="2026-01-01T00:00:00Z" level=warning msg=---
            time="2026-01-01T00:00:00Z" level=error msg="criu failed: \\"x\\"\\nlog: y"

            """
        #expect(RuntimeMessage.last(in: log) == "criu failed: \"x\"\nlog: y")
        #expect(RuntimeMessage.last(in: "plain words\n") == "plain words")
        #expect(RuntimeMessage.last(in: "") == nil)
    }

    @Test("The configuration for CRIU has a line a setting")
    func configuration() {
        var criu = CriuConfiguration()
        criu.linkRemap = true
        #expect(
            criu.text(leaveStopped: true)
                == "ghost-limit 67108864\nnetwork-lock skip\nforce-irmap\nlink-remap\nskip-in-flight\nleave-stopped\n")
        #expect(!criu.text(leaveStopped: false).contains("leave-stopped"))
    }
}

@Suite("The processes that were stopped at a checkpoint are read off its images")
struct CheckpointImagesTests {
    private static let magic: [UInt8] = [0x19, 0x43, 0x56, 0x54, 0x47, 0x38, 0x05, 0x55]

    /// A core image with `mtype`, the registers' place, and a task in this state; `nil` is a thread.
    private func core(state: UInt8?) -> [UInt8] {
        let tasks: [UInt8] = state.map { [0x1A, 4, 0x10, 7, 0x08, $0] } ?? []
        let entry: [UInt8] = [0x08, 1, 0x12, 3, 9, 9, 9] + tasks
        return Self.magic + [UInt8(entry.count), 0, 0, 0] + entry
    }

    @Test("Stopped ones are told from running ones and threads")
    func stopped() throws {
        let folder = TemporaryFolder()
        try folder.write("core-1.img", self.core(state: 1))
        try folder.write("core-7.img", self.core(state: 3))
        try folder.write("core-8.img", self.core(state: nil))
        #expect(try CheckpointImages(path: folder.path).stoppedProcesses() == [7])
        try folder.write("vzmigrate-stopped", "9\n12\n")
        #expect(try CheckpointImages(path: folder.path).stoppedProcesses() == [7, 9, 12])
    }

    @Test("An image cut short anywhere is refused")
    func cut() throws {
        let folder = TemporaryFolder()
        let image = self.core(state: 3)
        for length in 0..<image.count {
            try folder.write("core-1.img", Array(image.prefix(length)))
            #expect(throws: BundleError.self) { try CheckpointImages(path: folder.path).stoppedProcesses() }
        }
    }

    @Test("A folder without images is refused")
    func empty() throws {
        let folder = TemporaryFolder()
        #expect(throws: BundleError.self) { try CheckpointImages(path: folder.path).stoppedProcesses() }
    }
}
