internal import FoundationEssentials
internal import Glibc
internal import Synchronization
package import SystemPackage

/// Length-prefixed frames over two descriptors: four bytes of length, most significant first, then as much JSON.
///
/// Blocking, and used by one thread at a time. The descriptors belong to the caller.
package final class FrameChannel: Sendable {
    /// A longer frame is refused before a byte of it is read: no message of ours comes near it.
    package static let frameBound = 4 << 20

    private let input: FileDescriptor
    private let output: FileDescriptor
    /// Bytes received so far, for the message about those that mean nothing.
    private let received = Atomic(0)

    package init(input: FileDescriptor, output: FileDescriptor) {
        self.input = input
        self.output = output
    }

    package func send(_ message: some Encodable) throws(FrameError) {
        let body: [UInt8]
        do { body = Array(try JSONEncoder().encode(message)) } catch { throw .undecodable("\(error)") }
        guard body.count <= Self.frameBound else { throw .tooLong(body.count) }
        let length = UInt32(body.count)
        let prefix = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) }
        do { try self.output.writeAll(prefix + body) } catch { throw .broken("\(error)") }
    }

    /// The next message, or `nil` if the other side has ended the conversation between two frames.
    ///
    /// The patience is how long its first byte may take; `nil` waits for ever.
    package func receive<Message: Decodable>(
        _ type: Message.Type, patience: Duration? = nil
    ) throws(FrameError) -> Message? {
        if let patience { try self.awaitBytes(patience) }
        let offset = self.received.load(ordering: .relaxed)
        guard let prefix = try self.bytes(4, mayEnd: true) else { return nil }
        let length = prefix.reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.frameBound else { throw .tooLong(length) }
        guard let body = try self.bytes(length, mayEnd: false) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw .undecodable("the frame at byte \(offset) of the conversation: \(error)")
        }
    }

    private func awaitBytes(_ patience: Duration) throws(FrameError) {
        let deadline = ContinuousClock.now + patience
        var set = pollfd(fd: self.input.rawValue, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(0, (deadline - .now) / .milliseconds(1))
            if poll(&set, 1, Int32(clamping: Int(left))) > 0 { return }
            if ContinuousClock.now >= deadline { throw .silent(patience) }
        }
    }

    /// Exactly `count` bytes; `nil` if there is not one and `mayEnd`.
    private func bytes(_ count: Int, mayEnd: Bool) throws(FrameError) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var piece = [UInt8](repeating: 0, count: min(count, 1 << 16))
        while bytes.count < count {
            let wanted = min(piece.count, count - bytes.count)
            let read: Int
            do {
                read = try piece.withUnsafeMutableBytes { try self.input.read(into: .init(rebasing: $0[..<wanted])) }
            } catch { throw .broken("\(error)") }
            if read == 0, bytes.isEmpty, mayEnd { return nil }
            if read == 0 { throw .broken("it ended \(bytes.count) bytes into a part of \(count)") }
            bytes += piece[..<read]
            self.received.add(read, ordering: .relaxed)
        }
        return bytes
    }
}

/// Why a conversation cannot go on.
package enum FrameError: Error, Hashable, CustomStringConvertible {
    /// The descriptors no longer carry bytes, or ended within a frame.
    case broken(String)
    /// Nothing came for so long.
    case silent(Duration)
    case tooLong(Int)
    case undecodable(String)

    package var description: String {
        switch self {
        case .broken(let why): "the conversation broke: \(why)"
        case .silent(let patience): "no answer came within \(patience)"
        case .tooLong(let length):
            "a frame of \(length) bytes is over the bound of \(FrameChannel.frameBound): the other side is no vzmigrate"
        case .undecodable(let why): "a frame does not decode: \(why)"
        }
    }
}
