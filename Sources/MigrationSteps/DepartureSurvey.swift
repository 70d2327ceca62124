internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeChecks
internal import NodeConfiguration
internal import ServerFacts

/// Finds out on the source what is compared with the destination. Changes nothing.
struct DepartureSurvey {
    private let container: HostedContainer
    private let kind: MigrationKind
    private let node: SourceNode

    init(of container: HostedContainer, travelling kind: MigrationKind, from node: SourceNode) {
        self.container = container
        self.kind = kind
        self.node = node
    }

    func facts() throws -> DepartureFacts {
        let findings = try SourceChecks(container: self.container, kind: self.kind).findings(
            programs: self.node.programs)
        // One that is not as it was when this was planned has no memory to look at.
        let isAlive = try self.kind.isOnline && self.container.isAlive()
        var facts = DepartureFacts(
            node: NodeFacts(of: self.node.programs, criu: self.kind.isOnline), kind: self.kind,
            area: Fact { try Room(usedBy: self.container.area) },
            residentBytes: isAlive ? try self.container.residentBytes() : 0)
        facts.findings = findings
        facts.templates = Fact { try WantedTemplates.names(of: self.container.configuration) }
        facts.keepsTemplates = self.node.registry.global.keepsTemplates
        facts.technologies = self.technologies
        facts.rates = Fact {
            try self.container.configuration.rates.map { WantedRate(device: $0.device, networkClass: $0.networkClass) }
        }
        facts.isOnTheNetwork = self.container.network?.exists ?? false
        facts.externalMounts = try self.externalMounts
        facts.scripts = self.scripts
        // A CRIU that does not even say its version is a finding already.
        if self.kind.isOnline, findings.isEmpty {
            facts.processorImage = Fact { try self.node.programs.criu.processorImage() }
        }
        return facts
    }

    private var technologies: Fact<[String]> {
        Fact {
            let words = try self.container.configuration.technologies
            if let word = words.first(where: { !Technologies.isKnown($0) }),
                let setting = self.container.configuration.setting("TECHNOLOGIES")
            {
                throw setting.error("has \"\(word)\", which names no technology")
            }
            return words
        }
    }

    /// Those of config.json, and those that BINDMOUNT would have put there.
    private var externalMounts: [String] {
        get throws {
            let named = try self.container.configuration.bindMounts.compactMap(\.source)
            return Set(self.container.bundle.externalMounts + named).sorted()
        }
    }

    /// See: 'man 5 ctid.conf' of OpenVZ, "Action scripts".
    private var scripts: [String] {
        ["mount", "premount", "postmount", "umount", "postumount", "prestart", "start", "stop", "reinstall"]
            .map { self.node.layout.script($0, of: self.container.id) }
            .filter(DurableFile.exists)
    }
}
