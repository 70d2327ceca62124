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

/// The entries of one of CRIU's images: two magic words, then messages, each behind its length in four bytes.
///
/// All numbers are little endian. See: CRIU's criu/image.c and include/protobuf.h.
package struct ImageEntries {
    /// IMG_COMMON_MAGIC in CRIU's include/magic.h: every image but the inventory starts with it.
    static let commonMagic: UInt32 = 0x5456_4319
    /// CORE_MAGIC.
    package static let coreMagic: UInt32 = 0x5505_3847

    private var rest: ArraySlice<UInt8>

    /// - Parameters:
    ///   - image: all bytes of it.
    ///   - magic: the second word, which says what kind of image it is.
    /// - Throws: where it is no image of that kind.
    package init(_ image: [UInt8], magic: UInt32) throws(ImageError) {
        guard image.starts(with: Self.head(magic)) else {
            throw ImageError(problem: image.count < 8 ? "it is cut short" : "it does not start as CRIU's images do")
        }
        self.rest = image[8...]
    }

    /// The next message; `nil` at the end.
    package mutating func next() throws(ImageError) -> ArraySlice<UInt8>? {
        guard !self.rest.isEmpty else { return nil }
        guard self.rest.count >= 4 else { throw ImageError(problem: "it is cut short") }
        let length = self.rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        self.rest = self.rest.dropFirst(4)
        guard length <= self.rest.count else { throw ImageError(problem: "it is cut short") }
        defer { self.rest = self.rest.dropFirst(length) }
        return self.rest.prefix(length)
    }

    /// What an image of that kind starts with.
    static func head(_ magic: UInt32) -> [UInt8] {
        [self.commonMagic, magic].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }
}
