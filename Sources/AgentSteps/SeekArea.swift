package import AgentProtocol
internal import ContainerHost
internal import MigrationEngine
internal import MigrationModel
internal import NodeConfiguration

extension ControlConversation {
    /// Looks for the area of a container that wants to come: first where it would be; then, because it may not get
    /// another place on storage that is shared, where it would be under the id, and at the path, of its source.
    func seek(_ sought: SoughtArea) throws -> AreaSighting {
        let arriving = sought.arriving
        let nowhere = AreaSighting(place: nil, isWanted: false)
        // What is here is the container itself, and the checks say so.
        guard arriving.node != self.host.records.identity else { return nowhere }
        let wanted = try self.place(arriving.container, arriving.privateArea, sought)
        var places = [wanted]
        if arriving.arrival != .copied {
            places += [try self.place(sought.container, nil, sought), self.host.registry.layout.path(sought.area)]
        }
        guard let place = try places.first(where: { try self.host.sees(sought, at: $0) }) else { return nowhere }
        return AreaSighting(place: place, isWanted: place == wanted)
    }

    private func place(_ container: String, _ area: String?, _ sought: SoughtArea) throws -> String {
        let arriving = ArrivingContainer(
            container: container, identity: sought.arriving.identity, node: sought.arriving.node,
            configuration: sought.arriving.configuration, privateArea: area, root: sought.arriving.root,
            arrival: sought.arriving.arrival)
        return try ArrivalConfiguration(of: arriving, on: self.host.registry).configuration.privateArea
    }
}

extension DestinationNode {
    package func sees(_ sought: SoughtArea, at place: String) throws -> Bool {
        let area = SharedArea(place)
        guard area.sight == sought.sight else { return false }
        guard let probe = sought.probe else { return true }
        return area.sees(probe: probe.name, sight: probe.sight, content: probe.content)
    }
}
