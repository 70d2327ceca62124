/// What a container (CT) is called on one server: a number, a UUID, or a name.
///
/// It becomes part of file names (`101.conf`, `101.lck`, `/vz/private/101`), of a control group and of the runtime's
/// arguments, so whatever could leave its folder, pass for an option, or be mistaken for a file that a migration makes
/// beside a CT's own is refused here once; afterwards the type vouches.
package struct ContainerID: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        case number
        case uuid
        case name
    }

    package let kind: Kind

    /// The one spelling used in file names and messages: a UUID is in lower case, with dashes, without braces.
    package let description: String

    /// Endings of files and folders that a migration puts beside a CT's own: the area of a CT called `101.migrated` is
    /// also where the archived area of CT 101 belongs. Numbered archives (`.migrated.1`) are looked for apart.
    private static let reservedEndings = [".conf", ".migrated", ".incoming", ".lck", ".tmp"]

    /// Linux lets a file name have 255 bytes; 64 leave room for every ending above.
    private static let nameLengthBound = 64

    /// - Throws: ``InvalidContainerID``, which says what is wrong and what is allowed.
    package init(parsing text: String) throws(InvalidContainerID) {
        if let uuid = Self.normalizedUUID(text) {
            self.kind = .uuid
            self.description = uuid
        } else if !text.isEmpty, text.utf8.allSatisfy({ $0.isDigit }) {
            try Self.checkNumber(text)
            self.kind = .number
            self.description = text
        } else {
            try Self.checkName(text)
            self.kind = .name
            self.description = text
        }
    }

    /// A UUID as 8-4-4-4-12 hexadecimal digits in lower case, or `nil` if `text` is none.
    ///
    /// Takes the plain form, the form in braces, and 32 digits without dashes.
    package static func normalizedUUID(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        if bytes.count == 38, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") {
            bytes = Array(bytes[1..<37])
        }
        return UniqueID(parsing: String(decoding: bytes, as: UTF8.self))?.uuid
    }

    private static func checkNumber(_ text: String) throws(InvalidContainerID) {
        guard text != "0" else { throw InvalidContainerID(text: text, reason: "CT 0 is the server itself") }
        guard !text.hasPrefix("0") else {
            throw InvalidContainerID(text: text, reason: "a number is written without leading zeros")
        }
        guard UInt32(text) != nil else {
            throw InvalidContainerID(text: text, reason: "a number is 4294967295 or less")
        }
    }

    private static func checkName(_ text: String) throws(InvalidContainerID) {
        guard let first = text.utf8.first else { throw InvalidContainerID(text: text, reason: "it is empty") }
        guard text.utf8.count <= Self.nameLengthBound else {
            throw InvalidContainerID(text: text, reason: "it is longer than \(Self.nameLengthBound) characters")
        }
        guard first.isLetterOrDigit else {
            throw InvalidContainerID(text: text, reason: "it has to begin with a letter or a digit")
        }
        guard text.utf8.allSatisfy({ $0.isLetterOrDigit || "_.-".utf8.contains($0) }) else {
            throw InvalidContainerID(text: text, reason: "only letters, digits, '_', '.' and '-' are allowed")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard !parts.dropLast().contains(where: { $0.isEmpty }) else {
            throw InvalidContainerID(text: text, reason: "'..' is not allowed")
        }
        if let ending = Self.reservedEnding(of: text) {
            throw InvalidContainerID(text: text, reason: "names ending in '\(ending)' are kept for files of this tool")
        }
    }

    private static func reservedEnding(of text: String) -> String? {
        if let ending = Self.reservedEndings.first(where: { text.hasSuffix($0) }) { return ending }
        let withoutNumber = text.utf8.reversed().drop { $0.isDigit }.reversed()
        guard String(decoding: withoutNumber, as: UTF8.self).hasSuffix(".migrated.") else { return nil }
        return ".migrated.<number>"
    }
}

extension ContainerID: Comparable {
    /// Numbers come first, in numeric order; everything else follows by its bytes.
    package static func < (left: ContainerID, right: ContainerID) -> Bool {
        switch (left.kind, right.kind) {
        case (.number, .number):
            // Without leading zeros the longer number is the greater one.
            (left.description.utf8.count, left.description) < (right.description.utf8.count, right.description)
        case (.number, .uuid), (.number, .name): true
        case (.uuid, .number), (.name, .number): false
        case (.uuid, .uuid), (.uuid, .name), (.name, .uuid), (.name, .name): left.description < right.description
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isLetterOrDigit: Bool {
        self.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}

extension ContainerID: Codable {
    /// An id is written as its one spelling, in journals and messages too.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        try self.init(parsing: container.decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}

/// A text that cannot be a ``ContainerID``, and why.
package struct InvalidContainerID: Error, Hashable, CustomStringConvertible {
    package let text: String
    package let reason: String

    package init(text: String, reason: String) {
        self.text = text
        self.reason = reason
    }

    package var description: String {
        "'\(self.text)' is not a container ID: \(self.reason). "
            + "Give a number, a UUID, or a name of up to 64 letters, digits, '_', '.' and '-'."
    }
}
