internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// A process of a container, as this server and as its own namespace number it.
package struct MemoryProcess: Hashable, Sendable {
    /// As this server numbers it.
    package let pid: Int32
    /// As the container does: CRIU's images are named by it.
    package let number: UInt32

    package init(pid: Int32, number: UInt32) {
        self.pid = pid
        self.number = number
    }
}

extension MemoryProcess {
    /// Copies pages, up to the first that is not there.
    ///
    /// - Returns: bytes of whole pages; 0 where the first is not there.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        let count = vz_read_process(self.pid, address, buffer.baseAddress, buffer.count)
        if count >= 0 { return count / PageHash.pageSize * PageHash.pageSize }
        switch Errno.last {
        case .badAddress, .noSuchProcess: return 0
        case let code: throw self.failure(code, "process_vm_readv")
        }
    }

    /// Opens one of its files below /proc. `nil` where it has ended.
    func open(_ name: String, _ flags: Int32 = O_RDONLY) throws(TransferError) -> OwnedDescriptor? {
        let number = Glibc.open("/proc/\(self.pid)/\(name)", flags | O_CLOEXEC)
        if number >= 0 { return OwnedDescriptor(owning: number) }
        guard Errno.last == .noSuchFileOrDirectory || Errno.last == .noSuchProcess else {
            throw self.failure(Errno.last, "open \(name)")
        }
        return nil
    }

    func failure(_ code: Errno, _ operation: String) -> TransferError {
        .system(code, operation, Array("process \(self.pid)".utf8))
    }
}
