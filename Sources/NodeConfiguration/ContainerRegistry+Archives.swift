internal import ContainerIdentity
internal import Glibc
internal import HostAccess

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
