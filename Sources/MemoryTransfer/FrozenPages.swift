package import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// The pages of a process that stands still, read from the process itself.
package final class FrozenPages {
    package let memory: MemoryProcess
    private let bypass: OwnedDescriptor

    /// - Throws: where the process is gone.
    package init(_ process: MemoryProcess) throws(TransferError) {
        guard let bypass = try process.open("mem") else {
            throw TransferError(.sourceChanged, operation: "open the memory of process \(process.pid)")
        }
        self.memory = process
        self.bypass = bypass
    }

    /// Reads pages that are there, one after the other.
    ///
    /// - Parameters:
    ///   - address: of the first.
    ///   - buffer: takes whole pages.
    /// - Returns: bytes read, at least those of the first page.
    /// - Throws: where the first page is not there.
    package func read(
        _ address: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransferError) -> Int {
        let count = try self.memory.read(address, into: buffer)
        if count > 0 { return count }
        // A page that the process itself may not read.
        let page = UnsafeMutableRawBufferPointer(rebasing: buffer[..<PageHash.pageSize])
        try page.fill(from: self.bypass.number, at: address, "read a page of process \(self.memory.pid)")
        return page.count
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Fills all of it from a file.
    func fill(from file: Int32, at offset: UInt64, _ deed: String) throws(TransferError) {
        var done = 0
        while done < self.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: self[done...])
            let count = pread(file, rest.baseAddress, rest.count, off_t(bitPattern: UInt(offset) + UInt(done)))
            guard count > 0 else {
                throw TransferError(.sourceChanged, operation: deed, code: count < 0 ? Errno.last : nil)
            }
            done += count
        }
    }
}
