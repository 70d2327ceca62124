/// A JSON document that survives being read and written: members keep their order, numbers their digits.
///
/// A bundle's config.json holds numbers that no `Double` and no `Int64` can hold, such as RLIM_INFINITY.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The digits as they were written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One name and its value.
    package struct Member: Hashable, Sendable {
        package let name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of an object; `nil` where there is none, or where this is no object. Setting `nil` removes it.
    package subscript(name: String) -> JSONValue? {
        get { self.members?.first { $0.name == name }?.value }
        set {
            var members = self.members ?? []
            let place = members.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(name, value))
            case (nil, nil): return
            }
            self = .object(members)
        }
    }

    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var boolean: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var integer: Int64? {
        guard case .number(let digits) = self else { return nil }
        return Int64(digits)
    }
}

extension JSONValue {
    /// The document with an indent of two spaces, ending in a newline.
    package var serialized: [UInt8] {
        var output: [UInt8] = []
        self.write(to: &output, indent: 0)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    private func write(to output: inout [UInt8], indent: Int) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .number(let digits): output += digits.utf8
        case .string(let text): Self.quote(text, to: &output)
        case .array(let elements):
            Self.list("[", elements, "]", to: &output, indent: indent) { element, output in
                element.write(to: &output, indent: indent + 2)
            }
        case .object(let members):
            Self.list("{", members, "}", to: &output, indent: indent) { member, output in
                Self.quote(member.name, to: &output)
                output += ": ".utf8
                member.value.write(to: &output, indent: indent + 2)
            }
        }
    }

    private static func list<Item>(
        _ open: String, _ items: [Item], _ close: String, to output: inout [UInt8], indent: Int,
        each: (Item, inout [UInt8]) -> Void
    ) {
        output += open.utf8
        for (place, item) in items.enumerated() {
            output += (place == 0 ? "\n" : ",\n").utf8
            output += [UInt8](repeating: UInt8(ascii: " "), count: indent + 2)
            each(item, &output)
        }
        if !items.isEmpty {
            output.append(UInt8(ascii: "\n"))
            output += [UInt8](repeating: UInt8(ascii: " "), count: indent)
        }
        output += close.utf8
    }

    private static func quote(_ text: String, to output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += "\\\"".utf8
            case UInt8(ascii: "\\"): output += "\\\\".utf8
            case UInt8(ascii: "\n"): output += "\\n".utf8
            case 0..<0x20: output += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
