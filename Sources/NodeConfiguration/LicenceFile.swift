internal import HostAccess

/// The file that LICENSE_FILE names: what a server may do, in the syntax of every configuration file.
///
/// `STATUS="active"` or any other word, `EXPIRES="2027-01-31"` (the last day; without it, never), `CONTAINERS="50"`
/// (how many the server may have; without it, any number).
package struct LicenceFile: Hashable, Sendable {
    package let path: String
    package let status: String
    /// As `2027-01-31`; `nil` for ever.
    package let expires: String?
    /// `nil` for any number.
    package let containerLimit: Int?

    /// - Throws: ``NodeError`` with file and line.
    package init(reading path: String) throws(NodeError) {
        let file = try ConfigurationFile(reading: path)
        do throws(ConfigurationError) {
            try self.init(file)
        } catch {
            throw .configuration(error)
        }
    }

    private init(_ file: ConfigurationFile) throws(ConfigurationError) {
        self.path = file.path
        guard let status = try file.setting("STATUS")?.text(), !status.isEmpty else {
            throw ConfigurationError(path: file.path, line: nil, what: "the licence has no STATUS")
        }
        self.status = status
        self.expires = try file.setting("EXPIRES").map { (setting) throws(ConfigurationError) in
            let text = try setting.text()
            guard Self.isDay(text) else { throw setting.error("has to be a day such as 2027-01-31, not \"\(text)\"") }
            return text
        }
        self.containerLimit = try file.setting("CONTAINERS").map { (setting) throws(ConfigurationError) in
            let text = try setting.text()
            guard let number = Int(text), number >= 0 else {
                throw setting.error("has to be a number, not \"\(text)\"")
            }
            return number
        }
    }

    private static func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (48...57) ~= $0 })
        else { return false }
        let (month, day) = (Int(parts[1]) ?? 0, Int(parts[2]) ?? 0)
        return (1...12).contains(month) && (1...31).contains(day)
    }
}
