package import HandOver

/// `/etc/vz/conf/<CTID>.conf` over the server's `vz.conf`: what the CT's file does not say, the other may.
///
/// Values are checked when they are asked for, so that a parameter that nobody needs cannot stop a migration.
package struct ContainerConfiguration: Hashable, Sendable {
    package let id: ContainerID
    package let global: GlobalConfiguration
    /// The CT's own file, to be edited and written.
    package var file: ConfigurationFile

    /// What tells one CT from another cannot come from the file of all.
    private static let ownKeys: Set = ["UUID", "VEID", "NETFILTER", "NAME", "COPY_OF", "IP_ADDRESS", "NETIF"]

    package init(id: ContainerID, file: ConfigurationFile, global: GlobalConfiguration) {
        self.id = id
        self.file = file
        self.global = global
    }

    package func setting(_ key: String) -> ConfigurationSetting? {
        if let own = self.file.setting(key) { return own }
        return Self.ownKeys.contains(key) ? nil : self.global.file.setting(key)
    }

    /// A parameter that is a plain text; `nil` if it is missing or empty.
    package func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let text = try self.setting(key)?.text(of: self.id), !text.isEmpty else { return nil }
        return text
    }

    /// A parameter that is a list separated by blanks, tabs or commas; empty if it is missing.
    package func list(_ key: String) throws(ConfigurationError) -> [String] {
        try self.setting(key)?.items(of: self.id) ?? []
    }
}

extension ContainerConfiguration {
    /// VE_PRIVATE, default `/vz/private/$VEID`: the OCI bundle, with the layout's root before it.
    package var privateArea: String {
        get throws(ConfigurationError) { try self.path("VE_PRIVATE", orElse: "/vz/private/\(self.id)") }
    }

    /// VE_ROOT, default `/vz/root/$VEID`, with the layout's root before it.
    package var root: String {
        get throws(ConfigurationError) { try self.path("VE_ROOT", orElse: "/vz/root/\(self.id)") }
    }

    /// NAME; `nil` if the CT has none.
    package var name: String? {
        get throws(ConfigurationError) { try self.text("NAME") }
    }

    /// UUID, as ``ContainerID/normalizedUUID(_:)`` spells it; `nil` before the CT has one.
    package var uuid: String? {
        get throws(ConfigurationError) { try self.uuid(in: "UUID") }
    }

    /// COPY_OF: the UUID of the CT that this one was copied from, or its ID there if it had none; `nil` for no copy.
    package var copyOf: String? {
        get throws(ConfigurationError) { try self.text("COPY_OF").map { ContainerID.normalizedUUID($0) ?? $0 } }
    }

    /// RUNTIME, default `runc`.
    package var runtime: String {
        get throws(ConfigurationError) { try self.text("RUNTIME") ?? "runc" }
    }

    /// DISABLED: nothing may start the CT.
    package var isDisabled: Bool {
        get throws(ConfigurationError) { try self.setting("DISABLED")?.flag() ?? false }
    }

    /// ONBOOT. "auto", which restores what was before the restart, counts as yes.
    package var startsOnBoot: Bool {
        get throws(ConfigurationError) {
            guard let setting = self.setting("ONBOOT") else { return false }
            return try setting.text().lowercased() == "auto" ? true : try setting.flag()
        }
    }

    /// VE_TYPE="temporary": a CT that ends with the work it was made for, and is not migrated.
    package var isTemporary: Bool {
        get throws(ConfigurationError) { try self.text("VE_TYPE") == "temporary" }
    }

    /// OSTEMPLATE without the dot that marks one kind of template; `nil` if the CT came from none.
    package var osTemplate: String? {
        get throws(ConfigurationError) {
            guard let text = try self.text("OSTEMPLATE") else { return nil }
            return text.hasPrefix(".") ? String(text.dropFirst()) : text
        }
    }

    /// TEMPLATES: application templates.
    package var templates: [String] {
        get throws(ConfigurationError) { try self.list("TEMPLATES") }
    }

    /// TECHNOLOGIES: words for what the CT needs of a server, such as `x86_64` or `nfs`.
    package var technologies: [String] {
        get throws(ConfigurationError) { try self.list("TECHNOLOGIES") }
    }

    private func path(_ key: String, orElse standard: String) throws(ConfigurationError) -> String {
        self.global.layout.path(try self.setting(key)?.absolutePath(of: self.id) ?? standard)
    }

    private func uuid(in key: String) throws(ConfigurationError) -> String? {
        guard let text = try self.text(key), let setting = self.setting(key) else { return nil }
        guard let uuid = ContainerID.normalizedUUID(text) else { throw setting.error("is not a UUID: \"\(text)\"") }
        return uuid
    }
}

extension ContainerConfiguration {
    /// Makes the file say where the CT is on this server and which ID it has here, for a CT that comes from another
    /// server or under another ID. What it says already, by itself or through the server's file, is not written again.
    ///
    /// - Parameters:
    ///   - privateArea: With the layout's root before it, as every path outside the files.
    ///   - root: Likewise.
    /// - Throws: ``ConfigurationError`` if a path is not below the layout's root, or the file has a bad value there.
    package mutating func place(privateArea: String, root: String) throws(ConfigurationError) {
        if try self.privateArea != privateArea { try self.setPath("VE_PRIVATE", privateArea) }
        if try self.root != root { try self.setPath("VE_ROOT", root) }
        guard let own = self.file.setting("VEID"), try own.text() != "\(self.id)" else { return }
        try self.file.set("VEID", "\(self.id)")
    }

    private mutating func setPath(_ key: String, _ path: String) throws(ConfigurationError) {
        guard let configured = self.global.layout.configuredPath(path), NodeLayout.normalized(configured) == configured
        else {
            throw ConfigurationError(
                path: self.file.path, line: self.file.setting(key)?.line, what: "\(key) cannot be \"\(path)\"")
        }
        try self.file.set(key, path: configured, of: self.id)
    }
}
