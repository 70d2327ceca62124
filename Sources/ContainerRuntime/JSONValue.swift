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
