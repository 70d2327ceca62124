package import HostAccess
package import ContainerIdentity

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
