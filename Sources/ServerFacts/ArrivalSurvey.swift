package import AgentProtocol
package import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
package import NodeConfiguration

/// Finds out on the destination what the source compares. Changes nothing.
package struct ArrivalSurvey {
    let registry: ContainerRegistry
    let programs: HostPrograms
    /// As it will stand on this server.
    let configuration: ContainerConfiguration
    let questions: InspectionQuestions

    /// - Parameters:
    ///   - configuration: of the arriving container, with the places that it will have here.
    ///   - questions: what its source wants to know beside.
    ///   - registry: of this server.
    ///   - programs: of this server.
    package init(
        of configuration: ContainerConfiguration, _ questions: InspectionQuestions, registry: ContainerRegistry,
        programs: HostPrograms
    ) {
        self.configuration = configuration
        self.questions = questions
        self.registry = registry
        self.programs = programs
    }

    /// - Parameters:
    ///   - incoming: where the private area grows; what is there already is a part of it.
    ///   - restores: whether its memory travels.
    /// - Returns: what was found out.
    /// - Throws: where this server cannot be looked at.
    package func facts(incoming: String, restores: Bool) throws -> ArrivalFacts {
        // The neighbours have all the time that the rest takes.
        let search: AddressSearch
        do { search = try AddressSearch(for: self) } catch {
            var facts = try self.factsOfThisServer(incoming, restores)
            facts.addressHolders = .unreadable("\(error)")
            return facts
        }
        var facts = try self.factsOfThisServer(incoming, restores)
        facts.addressHolders = .known(search.holders())
        return facts
    }

    private func factsOfThisServer(_ incoming: String, _ restores: Bool) throws -> ArrivalFacts {
        var facts = ArrivalFacts(
            node: NodeFacts(of: self.programs, criu: restores),
            area: try Room(freeAt: self.configuration.privateArea), kept: try Room(usedBy: incoming),
            memory: try ServerMemory.available(),
            imagesRoom: try Room(freeAt: self.programs.layout.runDirectory(self.configuration.id)).bytes)
        // A CRIU that does not even say its version is found elsewhere.
        if facts.node.criuVersion != nil {
            do { facts.processorObjection = try self.processorObjection() } catch {
                facts.processorObjection = "it could not be made: \(error)"
            }
        }
        facts.templates = self.templates()
        facts.licence = self.licence()
        facts.shaping = try self.shaping()
        facts.nameHolders = try self.nameHolders()
        facts.missingMounts = self.questions.externalMounts.filter {
            !DurableFile.exists(self.registry.layout.path($0))
        }
        return facts
    }

    private func processorObjection() throws -> String? {
        guard !self.questions.processorImage.isEmpty else { return nil }
        return try self.programs.criu.objection(toProcessor: self.questions.processorImage)
    }

    private func licence() -> Fact<LicenceFacts>? {
        let path: String
        do {
            guard let named = try self.registry.global.licenceFile else { return nil }
            path = named
        } catch {
            return .unreadable("\(error)")
        }
        return Fact {
            let licence = try LicenceFile(reading: path)
            return LicenceFacts(
                file: path, status: licence.status, expires: licence.expires, containerLimit: licence.containerLimit,
                containers: try self.registry.containers().count)
        }
    }

    private func shaping() throws -> Fact<ShapingFacts>? {
        guard try self.registry.global.shapesTraffic else { return nil }
        return Fact {
            ShapingFacts(
                devices: Set(try DurableFile.names(in: "/sys/class/net")),
                classes: try NetworkClasses.read(self.registry.layout.networkClasses))
        }
    }

    private func nameHolders() throws -> [String] {
        guard let name = try self.configuration.name else { return [] }
        return try self.registry.containers(named: name).map { "CT \($0)" }
    }
}
