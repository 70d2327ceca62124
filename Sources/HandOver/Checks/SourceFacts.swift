/// What the source knows of itself and of the container that is to leave it.
package struct SourceFacts: Sendable {
    package var node: NodeFacts
    /// How the container travels.
    package var kind: MigrationKind
    /// What the source has found to be in the way by itself.
    package var findings: [CheckFinding] = []
    /// What the private area has on disk; a file with several names counts once, a hole not at all.
    package var area: Fact<Room>
    /// What its processes have in memory; 0 where that does not travel.
    package var residentBytes: UInt64
    /// OSTEMPLATE and TEMPLATES.
    package var templates: Fact<[String]> = .known([])
    /// Whether vz.conf here names a TEMPLATE.
    package var keepsTemplates = false
    package var technologies: Fact<[String]> = .known([])
    package var rates: Fact<[WantedRate]> = .known([])
    /// Whether there is a network namespace of the container, which answers for its addresses also while nothing runs.
    package var isOnTheNetwork = false
    package var externalMounts: [String] = []
    /// CRIU's description of this server's processor; empty where its memory does not travel.
    package var processorImage: Fact<[UInt8]> = .known([])
    /// Files that would have to run around its start and stop.
    package var scripts: [String] = []
    /// This server's clock just before the destination was asked, and just after, in nanoseconds since 1970.
    package var clock: ClosedRange<Int64> = 0...0

    package init(node: NodeFacts, kind: MigrationKind, area: Fact<Room>, residentBytes: UInt64) {
        self.node = node
        self.kind = kind
        self.area = area
        self.residentBytes = residentBytes
    }
}

extension SourceFacts {
    /// What only the destination can find out.
    package var questions: InspectionQuestions {
        let image = if case .known(let bytes) = self.processorImage { bytes } else { [UInt8]() }
        return InspectionQuestions(
            externalMounts: self.externalMounts, processorImage: image, isOnTheNetwork: self.isOnTheNetwork)
    }
}

/// One item of RATE.
package struct WantedRate: Codable, Hashable, Sendable {
    /// `nil` for any.
    package let device: String?
    package let networkClass: Int

    package init(device: String?, networkClass: Int) {
        self.device = device
        self.networkClass = networkClass
    }
}
