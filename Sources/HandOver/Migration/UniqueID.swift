/// Sixteen bytes that name one thing for ever: a migration, an operation, a container, a boot, or a journal and with it
/// its node.
package struct UniqueID: Hashable, Sendable {
    package static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// A new one, from the system's random generator. See: RFC 9562, version 4.
    package static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        let high: UInt64 = generator.next()
        let low: UInt64 = generator.next()
        return Self(
            high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Most significant first; `nil` for any other count than 16.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// 32 hexadecimal digits of either case, as they are or with the hyphens of a UUID; `nil` for anything else.
    package init?(parsing text: some StringProtocol) {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            guard Self.hyphens.allSatisfy({ digits[$0] == UInt8(ascii: "-") }) else { return nil }
            for place in Self.hyphens.reversed() { digits.remove(at: place) }
        }
        guard digits.count == 32, let bytes = Hexadecimal.bytes(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        self.init(bytes: bytes)
    }

    private static let hyphens = [8, 13, 18, 23]

    package var bytes: [UInt8] {
        [self.high, self.low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    /// In the groups of a UUID, lower case: the spelling for containers and journals.
    package var uuid: String {
        var digits = Array(self.description.utf8)
        for place in Self.hyphens { digits.insert(UInt8(ascii: "-"), at: place) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The first eight digits: enough for people, never for a message.
    package var short: String { String(self.description.prefix(8)) }
}

extension UniqueID: CustomStringConvertible {
    /// 32 digits, lower case: the spelling for migrations.
    package var description: String { Hexadecimal.text(self.bytes) }
}

extension UniqueID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = Self(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no id of 16 bytes")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}
