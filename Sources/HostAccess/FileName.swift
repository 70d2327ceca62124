/// Rules for one name in a directory, as bytes: Linux knows no encoding.
package enum FileName {
    /// The most bytes Linux takes in one name (`NAME_MAX`).
    package static let lengthLimit = 255

    /// True for what can be the name of an entry: not empty, not `.` or `..`, without `/` and NUL, 255 bytes at most.
    package static func isValid(_ name: some Collection<UInt8>) -> Bool {
        guard !name.isEmpty, name.count <= self.lengthLimit else { return false }
        if name.count <= 2, name.allSatisfy({ $0 == UInt8(ascii: ".") }) { return false }
        return !name.contains(UInt8(ascii: "/")) && !name.contains(0)
    }

    /// Calls `body` with `name` as a NUL-terminated C string.
    package static func withCString<R, E: Error>(
        _ name: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) throws(E) -> R
    ) throws(E) -> R {
        var bytes: [CChar] = []
        bytes.reserveCapacity(name.count + 1)
        for byte in name { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
        // The pointer of an array literal argument is valid for the call; a typed throw cannot cross
        // `withUnsafeBufferPointer` in every toolchain, so the address is taken here.
        return try bytes.withUnsafeBufferPointer { (buffer) throws(E) -> R in
            guard let base = buffer.baseAddress else { preconditionFailure("the terminator makes it non-empty") }
            return try body(base)
        }
    }
}
