internal import CLinux
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// Where a frame reader gets its bytes from.
package protocol FrameSource: AnyObject {
    /// Fills all of `buffer`.
    ///
    /// - Returns: false when the stream had ended before the first byte.
    /// - Throws: `connectionLost` when it ends in between.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Bool
}

/// Bytes of a descriptor that somebody else owns: a connection or an index file.
package final class DescriptorSource: FrameSource {
    private let number: Int32
    private let watch: PassWatch

    package init(_ number: Int32, watch: PassWatch) {
        self.number = number
        self.watch = watch
    }

    package func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Bool {
        var done = 0
        while done < buffer.count {
            try self.watch.check()
            guard vz_wait_ready(self.number, 0, 100) != 0 else { continue }
            let count = read(self.number, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count > 0 {
                done += count
            } else if count == 0 {
                if done == 0 { return false }
                throw TransferError(.connectionLost, operation: "read")
            } else {
                switch Errno.last {
                case .interrupted, .resourceTemporarilyUnavailable: continue
                case .connectionReset: throw TransferError(.connectionLost, operation: "read")
                case let code: throw TransferError.system(code, "read", [])
                }
            }
        }
        return true
    }
}
