/// The bytes of one message under construction: fixed-width little-endian integers, and byte strings behind a
/// 4-byte count.
struct MessageBytes {
    private(set) var bytes: [UInt8] = []

    init(_ tag: UInt8? = nil) {
        self.bytes.reserveCapacity(192)
        if let tag { self.bytes.append(tag) }
    }

    mutating func add<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func add(counted value: [UInt8]) {
        self.add(UInt32(value.count))
        self.bytes.append(contentsOf: value)
    }

    mutating func add(_ digest: ByteDigest) {
        withUnsafeBytes(of: digest.words) { self.bytes.append(contentsOf: $0) }
    }
}
