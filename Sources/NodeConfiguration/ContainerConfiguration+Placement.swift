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
