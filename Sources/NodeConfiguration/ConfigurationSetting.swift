package import ContainerIdentity

/// One assignment, with the place it was found at, so that whoever cannot use the value can say where it stands.
package struct ConfigurationSetting: Hashable, Sendable {
    package let key: String
    package let path: String
    /// Counted from 1.
    package let line: Int
    private let value: ConfigurationValue

    init(key: String, path: String, line: Int, value: ConfigurationValue) {
        self.key = key
        self.path = path
        self.line = line
        self.value = value
    }

    /// The value with `$VEID` as it stands.
    ///
    /// - Throws: ``ConfigurationError`` if it is not UTF-8.
    package func text() throws(ConfigurationError) -> String {
        try self.decoded(self.value.bytes)
    }

    /// The value with the first `$VEID` or `${VEID}` replaced.
    ///
    /// - Throws: ``ConfigurationError`` if it is not UTF-8.
    package func text(of id: ContainerID) throws(ConfigurationError) -> String {
        try self.decoded(self.value.expanded(for: id))
    }

    /// The error for a value that cannot be used; `what` reads after the key, such as "has to be a number".
    package func error(_ what: String) -> ConfigurationError {
        ConfigurationError(path: self.path, line: self.line, what: "\(self.key) \(what)")
    }

    private func decoded(_ bytes: [UInt8]) throws(ConfigurationError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw self.error("is not valid UTF-8") }
        return text
    }
}

extension ConfigurationSetting {
    /// The items of a list, which are separated by blanks, tabs and commas.
    func items(of id: ContainerID) throws(ConfigurationError) -> [String] {
        try self.text(of: id).split { " \t,\r".contains($0) }.map(String.init)
    }

    /// The items of a list whose items have commas of their own.
    func words(of id: ContainerID) throws(ConfigurationError) -> [String] {
        try self.text(of: id).split { " \t\r".contains($0) }.map(String.init)
    }

    /// `yes` or `no` in any case; an empty value is `no`.
    func flag() throws(ConfigurationError) -> Bool {
        switch try self.text().lowercased() {
        case "yes": true
        case "no", "": false
        case let other: throw self.error("has to be \"yes\" or \"no\", not \"\(other)\"")
        }
    }

    /// An absolute path without `..`, as ``NodeLayout/normalized(_:)`` spells it.
    func absolutePath(of id: ContainerID?) throws(ConfigurationError) -> String {
        let text = if let id { try self.text(of: id) } else { try self.text() }
        guard let path = NodeLayout.normalized(text), path != "/" else {
            throw self.error("has to be an absolute path without '..', not \"\(text)\"")
        }
        return path
    }
}
