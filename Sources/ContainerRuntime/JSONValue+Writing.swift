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
