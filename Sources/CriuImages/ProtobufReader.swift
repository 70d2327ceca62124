/// Walks the fields of one protobuf message, for the few numbers that are needed from CRIU's images. Not for untrusted
/// sizes: the caller bounds the bytes.
package struct ProtobufReader {
    /// One field as it is on the wire.
    package enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    /// The first field of that number; `nil` where there is none.
    /// - Throws: where the message is cut short or malformed before it.
    package static func field(_ number: UInt64, of bytes: ArraySlice<UInt8>) throws(ImageError) -> Value? {
        var reader = ProtobufReader(bytes)
        while let (found, value) = try reader.next() {
            if found == number { return value }
        }
        return nil
    }

    /// `nil` at the end.
    package mutating func next() throws(ImageError) -> (number: UInt64, value: Value)? {
        guard !self.rest.isEmpty else { return nil }
        let key = try self.varint()
        let value: Value =
            switch key & 7 {
            case 0: .number(try self.varint())
            case 1: .bytes(try self.take(8))
            case 2: .bytes(try self.take(try self.varint()))
            case 5: .bytes(try self.take(4))
            default: throw ImageError(problem: "a field has the unknown wire type \(key & 7)")
            }
        return (key >> 3, value)
    }

    private mutating func take(_ count: UInt64) throws(ImageError) -> ArraySlice<UInt8> {
        guard count <= UInt64(self.rest.count) else { throw ImageError(problem: "a field is cut short") }
        let taken = self.rest.prefix(Int(count))
        self.rest = self.rest.dropFirst(Int(count))
        return taken
    }

    private mutating func varint() throws(ImageError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = self.rest.popFirst() else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw ImageError(problem: "a number is cut short or longer than ten bytes")
    }
}

/// What is wrong with an image of CRIU's.
package struct ImageError: Error, Hashable {
    package let problem: String

    package init(problem: String) {
        self.problem = problem
    }
}
