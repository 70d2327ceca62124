internal import BlockingWork
internal import SystemPackage

/// What a source sends to find out how fast the way here is: read, forgotten, and answered with one byte.
struct Noise: Sendable {
    /// In bytes; no source of ours sends more.
    static let limit = 64 << 20
    let input: FileDescriptor
    let output: FileDescriptor

    func take(_ count: Int) async throws {
        let (input, output) = (self.input, self.output)
        try await runBlocking(named: "noise") {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
            defer { buffer.deallocate() }
            var left = count
            while left > 0 {
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
                let read = try input.read(into: piece)
                guard read > 0 else { throw Errno.brokenPipe }
                left -= read
            }
            try output.writeAll([1])
        }
    }
}
