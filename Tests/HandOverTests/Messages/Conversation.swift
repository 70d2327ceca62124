internal import HandOver
internal import SystemPackage
internal import TestSupport
internal import Transfer

/// Bytes that one side has written, in a file, so that nothing in a test can wait for the other side.
struct Conversation {
    private let folder = TemporaryFolder()

    /// What `send` writes.
    func bytes(sending send: (FrameChannel) throws -> Void) throws -> [UInt8] {
        let path = FilePath("\(self.folder.path)/frames")
        let file = try FileDescriptor.open(
            path, .readWrite, options: [.create, .truncate], permissions: .ownerReadWrite)
        defer { try? file.close() }
        try send(FrameChannel(input: file, output: file))
        let size = Int(try file.seek(offset: 0, from: .end))
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: 0, into: $0) }
        return Array(bytes[..<count])
    }

    /// Reads `bytes` as the other side would.
    ///
    /// - Returns: what `receive` returned, and how many bytes it has taken.
    func reading<Value>(
        _ bytes: [UInt8], _ receive: (FrameChannel) throws -> Value
    ) throws -> (value: Result<Value, any Error>, taken: Int) {
        let file = try FileDescriptor.open(
            FilePath("\(self.folder.path)/read"), .readWrite, options: [.create, .truncate],
            permissions: .ownerReadWrite)
        defer { try? file.close() }
        try file.writeAll(bytes)
        try file.seek(offset: 0, from: .start)
        let value = Result { try receive(FrameChannel(input: file, output: file)) }
        return (value, Int(try file.seek(offset: 0, from: .current)))
    }
}
