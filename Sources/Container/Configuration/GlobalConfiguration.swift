internal import Host

/// `/etc/vz/vz.conf`: where things are on this server, and what holds for every CT that does not say otherwise.
///
/// The file need not exist; each parameter has the default of its accessor.
package struct GlobalConfiguration: Hashable, Sendable {
    package let layout: NodeLayout
    package let file: ConfigurationFile

    package init(layout: NodeLayout, file: ConfigurationFile) {
        self.layout = layout
        self.file = file
    }

    /// Reads the file of a server; without one, every default holds.
    package init(of layout: NodeLayout) throws(NodeError) {
        self.layout = layout
        guard DurableFile.exists(layout.globalConfiguration) else {
            self.file = ConfigurationFile(emptyAt: layout.globalConfiguration)
            return
        }
        self.file = try ConfigurationFile(reading: layout.globalConfiguration)
    }

    /// LOCKDIR, default `/vz/lock`.
    package var lockDirectory: String {
        get throws(ConfigurationError) { try self.directory("LOCKDIR", orElse: "/vz/lock") }
    }

    /// TEMPLATE, default `/vz/template`.
    package var templateDirectory: String {
        get throws(ConfigurationError) { try self.directory("TEMPLATE", orElse: "/vz/template") }
    }

    /// Whether the file names a TEMPLATE: a server without keeps no templates.
    package var keepsTemplates: Bool { self.file.setting("TEMPLATE") != nil }

    /// LICENSE_FILE; `nil` where the server needs no licence.
    package var licenceFile: String? {
        get throws(ConfigurationError) {
            guard let setting = self.file.setting("LICENSE_FILE") else { return nil }
            return self.layout.path(try setting.absolutePath(of: nil))
        }
    }

    /// DUMPDIR, default `/vz/dump`.
    package var dumpDirectory: String {
        get throws(ConfigurationError) { try self.directory("DUMPDIR", orElse: "/vz/dump") }
    }

    /// REMOVEMIGRATED: whether a CT that has moved away is removed. Nothing but "yes", in any case, is a yes: who
    /// mistypes it keeps the data.
    package var removesMigrated: Bool {
        get throws(ConfigurationError) { try self.file.setting("REMOVEMIGRATED")?.text().lowercased() == "yes" }
    }

    /// TRAFFIC_SHAPING, default no.
    package var shapesTraffic: Bool {
        get throws(ConfigurationError) { try self.file.setting("TRAFFIC_SHAPING")?.flag() ?? false }
    }

    private func directory(_ key: String, orElse standard: String) throws(ConfigurationError) -> String {
        self.layout.path(try self.file.setting(key)?.absolutePath(of: nil) ?? standard)
    }
}

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

/// The file of the classes that RATE speaks of: lines of a number and a network, such as `1 0.0.0.0/0`.
package enum NetworkClasses {
    /// - Parameter path: a file that is not there has no class.
    /// - Returns: the numbers of the classes.
    /// - Throws: ``NodeError`` with the line that cannot be understood.
    package static func read(_ path: String) throws(NodeError) -> Set<Int> {
        guard DurableFile.exists(path) else { return [] }
        let bytes = try NodeError.wrapping { () throws(FileError) in try DurableFile.read(path, limit: 1 << 20) }
        var classes: Set<Int> = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split { " \t\r".contains($0) }
            guard let first = words.first else { continue }
            guard words.count == 2, let number = Int(first), number >= 0, InterfaceAddress(String(words[1])) != nil
            else {
                throw .configuration(
                    ConfigurationError(
                        path: path, line: index + 1, what: "\"\(line)\" is not a class and a network, as 1 0.0.0.0/0"))
            }
            classes.insert(number)
        }
        return classes
    }
}
