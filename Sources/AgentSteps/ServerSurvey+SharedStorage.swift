internal import AgentProtocol
internal import ContainerIdentity
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension ServerSurvey {
    /// An area that the source shares has to be here, and to be no other container's.
    func sharedAreaFailures(_ area: String, of container: ContainerID) throws -> [AgentRefusal] {
        guard try DurableFile.isThere(area) else {
            return [AgentRefusal(.notSharedStorage, "\(area), which the source shares, is not here any more")]
        }
        let registry = self.node.registry
        return try registry.containers().filter { id in
            guard id != container, let other = try? registry.configuration(of: id) else { return false }
            return (try? other.privateArea) == area
        }.map {
            AgentRefusal(.containerExists, "CT \($0) here has \(area), the private area of CT \(container), too")
        }
    }
}
