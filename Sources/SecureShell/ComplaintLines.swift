/// Cuts into lines what `ssh` and the remote program write to standard error.
struct ComplaintLines {
    /// A line that grows longer than this, in bytes, is handed on in pieces: it may never end.
    static let bound = 16 << 10

    /// What has come of a line that is not ended yet; at most `bound` bytes.
    private(set) var rest: [UInt8] = []

    /// Takes in what came next.
    ///
    /// - Parameters:
    ///   - bytes: of any number; only they are searched.
    ///   - take: is handed each line with its end, which is one newline also where `ssh` wrote CR and LF, and each
    ///     piece of a line that is too long.
    mutating func add(_ bytes: ArraySlice<UInt8>, _ take: ([UInt8]) -> Void) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            self.rest += bytes[..<end]
            if self.rest.last == UInt8(ascii: "\r") { self.rest.removeLast() }
            take(self.rest + [UInt8(ascii: "\n")])
            self.rest = []
            bytes = bytes[bytes.index(after: end)...]
        }
        self.rest += bytes
        guard self.rest.count > Self.bound else { return }
        take(self.rest)
        self.rest = []
    }
}
