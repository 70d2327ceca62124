internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// Memory that grows without bound in address but not in RAM: past 64 KiB it is a mapped file without a name in the
/// state directory, whose pages the kernel may write out and drop.
///
/// Blocks are reserved before they are mapped, so a full disk is an error and not a SIGBUS.
final class SpillBuffer {
    /// What may be written to; its address changes as it grows.
    private(set) var memory: UnsafeMutableRawBufferPointer
    private let directory: [UInt8]
    private var file: Int32 = -1
    private static let heapLimit = 64 << 10

    /// - Parameter directory: an existing directory of the host's, not of the tree's.
    init(directory: [UInt8]) {
        self.directory = directory
        self.memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        if self.file >= 0 {
            munmap(self.memory.baseAddress, self.memory.count)
            close(self.file)
        } else {
            free(self.memory.baseAddress)
        }
    }

    /// Makes the first `count` bytes usable; new ones are zero.
    func reserve(_ count: Int) throws(TransferError) {
        guard count > self.memory.count else { return }
        let size = max(count, self.memory.count * 2, 4096)
        if size <= Self.heapLimit {
            guard let base = calloc(1, size) else { throw self.failure("calloc") }
            if let old = self.memory.baseAddress { memcpy(base, old, self.memory.count) }
            free(self.memory.baseAddress)
            self.memory = UnsafeMutableRawBufferPointer(start: base, count: size)
        } else {
            try self.map((size + 4095) / 4096 * 4096)
        }
    }

    private func map(_ size: Int) throws(TransferError) {
        let old = self.memory
        let isFirst = self.file < 0
        if isFirst {
            self.file = FileName.withCString(self.directory) { vz_open_at(AT_FDCWD, $0, vz_o_tmpfile | O_RDWR, 0o600) }
            if self.file < 0 { throw self.failure("open(O_TMPFILE)") }
        }
        guard vz_allocate(self.file, Int64(size)) == 0 else { throw self.failure("fallocate") }
        guard let base = vz_map(self.file, size) else { throw self.failure("mmap") }
        if isFirst {
            if let start = old.baseAddress { memcpy(base, start, old.count) }
            free(old.baseAddress)
        } else {
            munmap(old.baseAddress, old.count)
        }
        self.memory = UnsafeMutableRawBufferPointer(start: base, count: size)
    }

    private func failure(_ operation: String) -> TransferError {
        let code = Errno.last
        return TransferError(
            .system, operation: operation, code: code,
            detail: "a temporary file in \(TransferError.printable(self.directory))")
    }
}
