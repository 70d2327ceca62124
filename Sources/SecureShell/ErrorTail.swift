internal import Synchronization

/// The last 64 KiB of what a program wrote to its standard error.
final class ErrorTail: Sendable {
    private static let bound = 64 << 10

    private let bytes = Mutex<[UInt8]>([])

    func append(_ new: UnsafeRawBufferPointer) {
        self.bytes.withLock { bytes in
            bytes.append(contentsOf: new)
            // Not each time, which would move the whole of it for each short line.
            if bytes.count > 2 * Self.bound { bytes.removeFirst(bytes.count - Self.bound) }
        }
    }

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    var text: String { self.bytes.withLock { String(decoding: $0.suffix(Self.bound), as: UTF8.self) } }
}
