internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The names of one directory, sorted bytewise, however many there are.
final class SortedListing {
    private let names: SpillBuffer
    private let offsets: SpillBuffer
    private(set) var count = 0
    private var used = 0
    private var position = 0

    /// Reads the whole directory behind `number`, from its start, leaving out the names in `hidden`.
    init(_ number: Int32, hiding hidden: [[UInt8]], spillDirectory: [UInt8], path: [UInt8]) throws(TransferError) {
        self.names = SpillBuffer(directory: spillDirectory)
        self.offsets = SpillBuffer(directory: spillDirectory)
        var reader = DirectoryReader(number)
        while true {
            let block: DirectoryBlock?
            do { block = try reader.next() } catch { throw TransferError.system(error, "getdents64", path) }
            guard let block else { break }
            try self.take(block, hidden)
        }
        self.sort()
    }

    /// The next name, or `nil` after the last.
    func next() -> [UInt8]? {
        guard self.position < self.count else { return nil }
        defer { self.position += 1 }
        return Array(self.name(self.position))
    }

    private func take(_ names: DirectoryBlock, _ hidden: [[UInt8]]) throws(TransferError) {
        for name in names where !hidden.contains(name) {
            try self.names.reserve(self.used + 1 + name.count)
            try self.offsets.reserve((self.count + 1) * 8)
            self.names.memory[self.used] = UInt8(name.count)
            UnsafeMutableRawBufferPointer(rebasing: self.names.memory[(self.used + 1)...]).copyBytes(from: name)
            self.offsets.memory.storeBytes(of: self.used, toByteOffset: self.count * 8, as: Int.self)
            self.used += 1 + name.count
            self.count += 1
        }
    }

    private func name(_ index: Int) -> UnsafeRawBufferPointer {
        let offset = self.offsets.memory.load(fromByteOffset: index * 8, as: Int.self)
        let length = Int(self.names.memory[offset])
        return UnsafeRawBufferPointer(rebasing: self.names.memory[(offset + 1)..<(offset + 1 + length)])
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let left = self.name(left)
        let right = self.name(right)
        guard let first = left.baseAddress, let second = right.baseAddress else { return false }
        let order = memcmp(first, second, min(left.count, right.count))
        return order != 0 ? order < 0 : left.count < right.count
    }

    /// A heap sort, because it needs no memory beside the one that may be a file.
    private func sort() {
        guard self.count > 1 else { return }
        for start in stride(from: self.count / 2 - 1, through: 0, by: -1) { self.sink(start, self.count) }
        for end in stride(from: self.count - 1, to: 0, by: -1) {
            self.swap(0, end)
            self.sink(0, end)
        }
    }

    private func sink(_ start: Int, _ end: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < end else { return }
            if child + 1 < end, self.isBefore(child, child + 1) { child += 1 }
            guard self.isBefore(parent, child) else { return }
            self.swap(parent, child)
            parent = child
        }
    }

    private func swap(_ left: Int, _ right: Int) {
        let memory = self.offsets.memory
        let held = memory.load(fromByteOffset: left * 8, as: Int.self)
        memory.storeBytes(
            of: memory.load(fromByteOffset: right * 8, as: Int.self), toByteOffset: left * 8, as: Int.self)
        memory.storeBytes(of: held, toByteOffset: right * 8, as: Int.self)
    }
}

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
