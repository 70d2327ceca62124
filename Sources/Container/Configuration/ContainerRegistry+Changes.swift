internal import Glibc
package import HandOver
internal import Host

extension ContainerRegistry {
    /// Makes the CT known here, durably. Does nothing if the same configuration is there already.
    ///
    /// - Throws: ``NodeError/alreadyRegistered(_:path:)`` if another is.
    package func register(_ file: ConfigurationFile, as id: ContainerID) throws(NodeError) {
        let path = self.layout.containerConfiguration(id)
        let bytes = file.bytes
        do throws(FileError) {
            try DurableFile.makeDirectories(self.layout.vzConf)
            try DurableFile.write(bytes, to: path, replacing: false)
        } catch {
            guard error.isExistingFile else { throw .file(error) }
            let present = try NodeError.wrapping { () throws(FileError) in
                try DurableFile.read(path, limit: ConfigurationFile.fileLengthBound)
            }
            guard present == bytes else { throw .alreadyRegistered(id, path: path) }
            // The file may be from a call that died before its name was on disk.
            try NodeError.wrapping { () throws(FileError) in try DurableFile.syncDirectory(self.layout.vzConf) }
        }
    }

    /// Removes the CT's configuration.
    ///
    /// - Returns: `false` if it had none.
    @discardableResult
    package func unregister(_ id: ContainerID) throws(NodeError) -> Bool {
        try NodeError.wrapping { () throws(FileError) in
            try DurableFile.remove(self.layout.containerConfiguration(id))
        }
    }

    /// Renames the CT's configuration to `<CTID>.conf.migrated`, older ones to `.migrated.1` and so on.
    ///
    /// - Returns: `false` if it had none.
    @discardableResult
    package func archiveConfiguration(of id: ContainerID) throws(NodeError) -> Bool {
        try NodeError.wrapping { () throws(FileError) in
            try MigratedArchive.archive(self.layout.containerConfiguration(id))
        }
    }

    /// Renames a private area to `<private>.migrated`, older ones to `.migrated.1` and so on.
    ///
    /// - Returns: `false` if there is none at that path.
    @discardableResult
    package func archivePrivateArea(_ path: String) throws(NodeError) -> Bool {
        try NodeError.wrapping { () throws(FileError) in try MigratedArchive.archive(path) }
    }

    /// Changes the CT's file in one durable step; nothing is written if nothing changed.
    ///
    /// - Returns: What `change` returned.
    package func edit<Result>(
        _ id: ContainerID, _ change: (inout ConfigurationFile) throws(ConfigurationError) -> Result
    ) throws(NodeError) -> Result {
        let old = try self.configuration(of: id).file
        var new = old
        let result: Result
        do throws(ConfigurationError) {
            result = try change(&new)
        } catch {
            throw .configuration(error)
        }
        if new.bytes != old.bytes {
            try new.write(to: old.path)
        } else {
            // The change may be that of a call that died before its name was on disk.
            try NodeError.wrapping { () throws(FileError) in
                try DurableFile.syncDirectory(DurableFile.parent(of: old.path))
            }
        }
        return result
    }
}

extension ContainerRegistry {
    /// The private area that a CT with this UUID left here when it last moved away; `nil` if there is none.
    ///
    /// Only the newest archive of each ID counts, and of several IDs that which moved away last. Configurations that
    /// cannot be read are passed over. What is in the area is nobody's word: it may have been changed since.
    package func migratedArea(withUUID text: String) throws(NodeError) -> String? {
        guard let uuid = ContainerID.normalizedUUID(text), DurableFile.exists(self.layout.vzConf) else { return nil }
        let names = try NodeError.wrapping { () throws(FileError) in try DurableFile.names(in: self.layout.vzConf) }
        let areas = names.compactMap { self.archive(named: $0, uuid) }
        return areas.max { $0.time < $1.time }?.path
    }

    /// - Parameters:
    ///   - name: of a file among the configurations.
    ///   - uuid: normalized.
    /// - Returns: the area, and when it got its name, in seconds since 1970; `nil` for what is no archive of that CT.
    private func archive(named name: String, _ uuid: String) -> (path: String, time: Double)? {
        let ending = NodeLayout.migrated(".conf")
        guard name.hasSuffix(ending), let id = try? ContainerID(parsing: String(name.dropLast(ending.count))),
            let file = try? ConfigurationFile(reading: "\(self.layout.vzConf)/\(name)")
        else { return nil }
        let configuration = ContainerConfiguration(id: id, file: file, global: self.global)
        guard (try? configuration.uuid) == uuid, let area = try? configuration.privateArea else { return nil }
        let path = NodeLayout.migrated(area)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        return (path, Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) / 1e9)
    }
}

/// Keeps what a CT left behind under `<path>.migrated`, and what was there before under higher numbers.
///
/// Nothing is ever overwritten or removed. Each rename is durable and takes only a free name, so the work may die
/// anywhere and be done again: the order of the archives stays, and none is lost.
enum MigratedArchive {
    /// Renames a file or directory to `<path>.migrated`. An older archive becomes `.migrated.1`, that one `.migrated.2`
    /// and so on: the higher the number, the older.
    ///
    /// - Returns: `false` if there is nothing at `path`, as after a call whose result was lost.
    static func archive(_ path: String) throws(FileError) -> Bool {
        guard DurableFile.exists(path) else { return false }
        try Self.makeRoom(for: path)
        try DurableFile.rename(path, to: NodeLayout.migrated(path))
        return true
    }

    private static func makeRoom(for path: String) throws(FileError) {
        guard DurableFile.exists(NodeLayout.migrated(path)) else { return }
        var free = 1
        while DurableFile.exists(NodeLayout.migrated(path, number: free)) { free += 1 }
        for number in stride(from: free, to: 1, by: -1) {
            try DurableFile.rename(
                NodeLayout.migrated(path, number: number - 1), to: NodeLayout.migrated(path, number: number))
        }
        try DurableFile.rename(NodeLayout.migrated(path), to: NodeLayout.migrated(path, number: 1))
    }
}
