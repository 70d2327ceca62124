package import HandOver
internal import Host

/// Finds out on the destination what the source compares. Changes nothing.
package struct DestinationSurvey {
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
    package func facts(incoming: String, restores: Bool) throws -> DestinationFacts {
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

    private func factsOfThisServer(_ incoming: String, _ restores: Bool) throws -> DestinationFacts {
        var facts = DestinationFacts(
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

extension DestinationSurvey {
    /// Those of the container's templates that are below TEMPLATE: as a directory of that name, as one of its parts
    /// (`debian/12/x86_64` for `debian-12-x86_64`), or packed in `cache`.
    func templates() -> Fact<Set<String>>? {
        guard self.registry.global.keepsTemplates else { return nil }
        return Fact {
            let root = try self.registry.global.templateDirectory
            // A directory that cannot be read is not an empty one.
            _ = try DurableFile.names(in: root)
            let wanted = try WantedTemplates.names(of: self.configuration)
            return Set(wanted.filter { Self.places(of: $0).contains { DurableFile.exists("\(root)/\($0)") } })
        }
    }

    private static func places(of name: String) -> [String] {
        let packed = ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.lz4", "tar.bz2"].map { "cache/\(name).\($0)" }
        return [name, name.replacing("-", with: "/")] + packed
    }
}

/// OSTEMPLATE and TEMPLATES.
package enum WantedTemplates {
    /// - Throws: `ConfigurationError` for a name that would lead out of TEMPLATE.
    package static func names(of configuration: ContainerConfiguration) throws -> [String] {
        let named = [
            ("OSTEMPLATE", try configuration.osTemplate.map { [$0] } ?? []), ("TEMPLATES", try configuration.templates),
        ]
        return try named.flatMap { key, names in
            if let name = names.first(where: { $0.split(separator: "/").contains("..") || $0.hasPrefix("/") }),
                let setting = configuration.setting(key)
            {
                throw setting.error("has \"\(name)\", which is not the name of a template")
            }
            return names.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        }
    }
}
