internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// A process of a container, as this server and as its own namespace number it.
///
/// It is held on to, so that nothing is ever read of a later process that has got its number here.
package final class MemoryProcess: Sendable {
    /// As this server numbers it.
    package let pid: Int32
    /// As the container does: CRIU's images are named by it.
    package let number: UInt32
    private let handle: HostProcess

    /// `nil` where there is no such process. Whether it is still the container's has to be asked after this.
    package init?(pid: Int32, number: UInt32) throws(SystemFailure) {
        guard let handle = try HostProcess.holding(pid) else { return nil }
        self.pid = pid
        self.number = number
        self.handle = handle
    }
}

/// Named by both numbers, so that a later pass knows the process again.
extension MemoryProcess: Hashable {
    package static func == (left: MemoryProcess, right: MemoryProcess) -> Bool {
        left.pid == right.pid && left.number == right.number
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.pid)
        hasher.combine(self.number)
    }
}

extension MemoryProcess {
    /// Copies pages, up to the first that is not there.
    ///
    /// - Returns: bytes of whole pages; 0 where the first is not there.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        let count = vz_read_process(self.pid, address, buffer.baseAddress, buffer.count)
        // What was read before the process ended is its own memory.
        if count >= 0 { return self.hasEnded ? 0 : count / PageHash.pageSize * PageHash.pageSize }
        switch Errno.last {
        case .badAddress, .noSuchProcess: return 0
        case let code: throw self.failure(code, "process_vm_readv")
        }
    }

    /// Opens one of its files below /proc. `nil` where it has ended.
    func open(_ name: String, _ flags: Int32 = O_RDONLY) throws(TransferError) -> OwnedDescriptor? {
        let number = Glibc.open("/proc/\(self.pid)/\(name)", flags | O_CLOEXEC)
        if number >= 0 {
            // A file of it, opened while it lived, stays one of it.
            let file = OwnedDescriptor(owning: number)
            guard !self.hasEnded else { return nil }
            return file
        }
        guard Errno.last == .noSuchFileOrDirectory || Errno.last == .noSuchProcess else {
            throw self.failure(Errno.last, "open \(name)")
        }
        return nil
    }

    /// Its part of the memory that it shares with others (tmpfs, System V, memfd), in bytes; 0 where the kernel does
    /// not tell. See: 'man 5 proc_pid_smaps'.
    func sharedBytes() throws(TransferError) -> UInt64 {
        guard let file = try self.open("smaps_rollup") else { return 0 }
        var text = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file.number, &text, text.count)
        let lines = String(decoding: text[..<max(0, count)], as: UTF8.self).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("Pss_Shmem:") }?.split(separator: " ")
        return (words.flatMap { $0.count > 1 ? UInt64($0[1]) : nil } ?? 0) << 10
    }

    private var hasEnded: Bool { self.handle.waitUntilGone(.zero) }

    func failure(_ code: Errno, _ operation: String) -> TransferError {
        .system(code, operation, Array("process \(self.pid)".utf8))
    }
}

/// The mappings of a process whose pages a dump takes along: private ones that are memory and not a device.
///
/// Which of them a dump really takes, CRIU says at the dump; a round that reads too much or too little costs bytes and
/// nothing else. See: 'man 5 proc_pid_maps'.
struct MemoryMappings {
    /// First address, and the one behind the last.
    let ranges: [Range<UInt64>]
    /// Whether the process has asked for reads that the kernel carries out beside it (Linux AIO).
    let isReadInto: Bool

    /// - Returns: `nil` where the process has ended.
    init?(of process: MemoryProcess) throws(TransferError) {
        guard let file = try process.open("maps") else { return nil }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file.number, &buffer, buffer.count)
            if count == 0 || count < 0 && Errno.last == .noSuchProcess { break }
            guard count > 0 else { throw process.failure(Errno.last, "read maps") }
            text += buffer.prefix(count)
            guard text.count <= 64 << 20 else {
                throw TransferError(.limit, operation: "read maps", detail: "process \(process.pid) has too many")
            }
        }
        self.isReadInto = String(decoding: text, as: UTF8.self).contains("/[aio]")
        self.ranges = text.split(separator: UInt8(ascii: "\n")).compactMap {
            Self.range(String(decoding: $0, as: UTF8.self))
        }
    }

    /// A line such as `7f00a000-7f00b000 rw-p 00000000 00:00 0   [heap]`.
    private static func range(_ line: String) -> Range<UInt64>? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count >= 5, fields[1].count == 4, fields[1].hasSuffix("p"), fields[1].hasPrefix("r") else {
            return nil
        }
        let name = fields.count > 5 ? fields[5].drop { $0 == " " } : ""
        guard !["[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]"].contains(name) else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}

/// The memory of a container that is about to be sent.
package struct OutgoingMemory: Hashable, Sendable {
    package let processes: [MemoryProcess]
    /// The directory of the dump, in the last pass; `nil` while the container runs.
    package let images: String?

    /// Whether the last pass leaves behind what the other side does not hold: it is fetched from the processes later.
    package let follows: Bool

    package init(processes: [MemoryProcess], images: String? = nil, follows: Bool = false) {
        self.processes = processes
        self.images = images
        self.follows = follows
    }
}
