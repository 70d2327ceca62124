internal import HostAccess

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
