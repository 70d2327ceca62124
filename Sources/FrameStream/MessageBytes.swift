/// The bytes of one message under construction: fixed-width little-endian integers, and byte strings behind a
/// 4-byte count.
package struct MessageBytes {
    package private(set) var bytes: [UInt8] = []

    package init(_ tag: UInt8? = nil) {
        self.bytes.reserveCapacity(192)
        if let tag { self.bytes.append(tag) }
    }

    package mutating func add<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    package mutating func add(counted value: [UInt8]) {
        self.add(UInt32(value.count))
        self.bytes.append(contentsOf: value)
    }

    package mutating func add(_ digest: ByteDigest) {
        withUnsafeBytes(of: digest.words) { self.bytes.append(contentsOf: $0) }
    }
}
