import CLinux
import Glibc
import Host
import Testing
import Transfer

/// A process that does nothing, so that its memory changes only when a test writes into it.
final class SleepingProcess {
    let memory: MemoryProcess
    private let file: Int32

    init() throws {
        let pid = try HostProgram("sleep", ["3600"]).detach()
        self.memory = try #require(try MemoryProcess(pid: pid, number: 7))
        self.file = open("/proc/\(pid)/mem", O_RDWR | O_CLOEXEC)
        try #require(self.file >= 0)
        // Until it sleeps, its loader still writes.
        while try Self.state(pid) != "S" { usleep(1000) }
    }

    deinit {
        close(self.file)
        kill(self.memory.pid, SIGKILL)
        waitpid(self.memory.pid, nil, 0)
    }

    /// Where its heap is.
    var heap: UInt64 {
        get throws {
            let maps = try DurableFile.read("/proc/\(self.memory.pid)/maps", limit: 1 << 20)
            let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first { $0.hasSuffix("[heap]") }
            return try #require(line?.split(separator: "-").first.flatMap { UInt64($0, radix: 16) })
        }
    }

    func write(_ byte: UInt8, at address: UInt64) throws {
        var byte = byte
        try #require(pwrite(self.file, &byte, 1, off_t(address)) == 1)
    }

    func page(_ address: UInt64) throws -> [UInt8] {
        var page = [UInt8](repeating: 0, count: 4096)
        try #require(pread(self.file, &page, 4096, off_t(address)) == 4096)
        return page
    }

    private static func state(_ pid: Int32) throws -> Substring? {
        let status = try DurableFile.read("/proc/\(pid)/stat", limit: 1 << 12)
        return String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
    }
}
