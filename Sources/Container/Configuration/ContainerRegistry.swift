package import HandOver
package import Host

/// The containers of this server, which are the files in `/etc/vz/conf`.
///
/// Everything that changes a CT here is to be done under its ``ContainerLock``. Every change may be repeated.
package struct ContainerRegistry: Sendable {
    package let layout: NodeLayout
    package let global: GlobalConfiguration

    package init(layout: NodeLayout, global: GlobalConfiguration) {
        self.layout = layout
        self.global = global
    }

    /// Reads the server's `vz.conf`.
    package init(of layout: NodeLayout) throws(NodeError) {
        self.init(layout: layout, global: try GlobalConfiguration(of: layout))
    }

    /// The CTs that have a configuration, in order. Files whose name is not that of a CT do not count.
    package func containers() throws(NodeError) -> [ContainerID] {
        guard DurableFile.exists(self.layout.vzConf) else { return [] }
        let names = try NodeError.wrapping { () throws(FileError) in try DurableFile.names(in: self.layout.vzConf) }
        return names.filter { $0.hasSuffix(".conf") }.compactMap { name in
            guard let id = try? ContainerID(parsing: String(name.dropLast(5))), "\(id).conf" == name else { return nil }
            return id
        }.sorted()
    }

    /// - Throws: ``NodeError/unknownContainer(_:searched:)`` if the CT has no configuration here.
    package func configuration(of id: ContainerID) throws(NodeError) -> ContainerConfiguration {
        let path = self.layout.containerConfiguration(id)
        do throws(NodeError) {
            return ContainerConfiguration(id: id, file: try ConfigurationFile(reading: path), global: self.global)
        } catch .file(let error) where error.isMissingFile {
            throw .unknownContainer("\(id)", searched: self.layout.vzConf)
        }
    }

    /// The CT that an operator means: by its ID, else by its NAME.
    ///
    /// Files that cannot be read have no name here.
    package func find(_ text: String) throws(NodeError) -> ContainerConfiguration {
        if let id = try? ContainerID(parsing: text), self.isRegistered(id) { return try self.configuration(of: id) }
        let named = try self.readableConfigurations().filter { (try? $0.name) == text }
        guard let first = named.first else { throw .unknownContainer(text, searched: self.layout.vzConf) }
        guard named.count == 1 else { throw .ambiguousName(text, named.map(\.id)) }
        return first
    }

    /// The CTs with that NAME.
    package func containers(named name: String) throws(NodeError) -> [ContainerID] {
        try self.readableConfigurations().filter { (try? $0.name) == name }.map(\.id)
    }

    /// The CTs with that UUID, in whatever form it is given. More than one is a fault of the server.
    package func containers(withUUID text: String) throws(NodeError) -> [ContainerID] {
        guard let uuid = ContainerID.normalizedUUID(text) else { return [] }
        return try self.readableConfigurations().filter { (try? $0.uuid) == uuid }.map(\.id)
    }

    /// The CTs that have an address in IP_ADDRESS.
    package func containers(withAddress address: IPAddress) throws(NodeError) -> [ContainerID] {
        try self.readableConfigurations().filter { configuration in
            (try? configuration.ipAddresses)?.contains { $0.address == address } ?? false
        }.map(\.id)
    }

    /// Whether the ID has a configuration file, be it readable or not.
    package func isRegistered(_ id: ContainerID) -> Bool {
        DurableFile.exists(self.layout.containerConfiguration(id))
    }

    private func readableConfigurations() throws(NodeError) -> [ContainerConfiguration] {
        try self.containers().compactMap { try? self.configuration(of: $0) }
    }
}

/// Why something about the containers of this server could not be found out or changed.
package enum NodeError: Error, Hashable, CustomStringConvertible {
    case file(FileError)
    case configuration(ConfigurationError)
    /// Neither a CT ID nor a name that is known here. `searched` is the directory of the configuration files.
    case unknownContainer(String, searched: String)
    /// Several containers have that name.
    case ambiguousName(String, [ContainerID])
    /// A configuration with other content is there already.
    case alreadyRegistered(ContainerID, path: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .configuration(let error): "\(error)"
        case .unknownContainer(let text, let searched):
            "there is no container '\(text)' on this server: "
                + "\(searched) has neither \(text).conf nor a file with that NAME"
        case .ambiguousName(let name, let containers):
            "'\(name)' is the NAME of several containers (\(containers.map(\.description).joined(separator: ", "))): "
                + "give the ID"
        case .alreadyRegistered(let id, let path):
            "CT \(id) is registered on this server already: \(path) exists"
        }
    }

    /// Runs file operations whose failures are failures of this server.
    static func wrapping<Result>(_ deed: () throws(FileError) -> Result) throws(NodeError) -> Result {
        do throws(FileError) {
            return try deed()
        } catch {
            throw .file(error)
        }
    }
}

extension NodeError: ErrorWithStatus {
    /// At the destination a file counts by what it was needed for.
    package func status(at role: NodeRole) -> ExitStatus? {
        switch (self, role) {
        case (.unknownContainer, .source): .noSuchContainer
        case (.file, .source), (.configuration, .source), (.ambiguousName, .source), (.alreadyRegistered, .source):
            .system
        case (_, .destination): nil
        }
    }
}
