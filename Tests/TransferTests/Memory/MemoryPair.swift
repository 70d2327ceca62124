import Glibc
import HandOver
import SystemPackage
import Testing
import TestSupport
import Transfer

/// The two ends of a socket pair: a receiver listens on the one, on a thread of its own.
final class MemoryPair: @unchecked Sendable {
    // What the thread leaves is read after it was joined.
    let folder = TemporaryFolder()
    private let here: FileDescriptor
    private let there: FileDescriptor
    private var thread: CompanionThread?
    private(set) var received: ReceivedMemory?
    private(set) var error: TransferError?

    init() throws {
        var numbers: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &numbers) == 0)
        self.here = FileDescriptor(rawValue: numbers[0])
        self.there = FileDescriptor(rawValue: numbers[1])
        self.thread = try CompanionThread("receiver") { self.receive() }
    }

    deinit {
        try? self.here.close()
        try? self.there.close()
    }

    var sender: MemorySender {
        MemorySender(
            tracking: .content, input: self.here, output: self.here, cancellation: TransferControl())
    }

    /// Hangs up and waits for the receiver's end.
    func end() {
        shutdown(self.here.rawValue, Int32(SHUT_WR))
        self.thread?.join()
        self.thread = nil
    }

    /// Bytes as if they were a sender's.
    func write(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                send(self.here.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            done += count
        }
    }

    private func receive() {
        do throws(TransferError) {
            self.received = try MemoryReceiver(root: self.folder.path, input: self.there, output: self.there).receive()
        } catch {
            self.error = error
        }
        shutdown(self.there.rawValue, Int32(SHUT_RDWR))
    }
}
