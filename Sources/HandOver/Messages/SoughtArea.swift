/// Asks whether an agent has the private area of a container already: on storage that both nodes share.
///
/// First it only compares what is there. Where that looks the same, it is asked again with a probe: a copy that a
/// storage keeps block by block looks the same too.
package struct SoughtArea: Codable, Hashable, Sendable {
    package let arriving: IncomingContainer
    /// Its id at the source.
    package let container: String
    /// Its private area at the source, absolute.
    package let area: String
    /// What its true config.json is: two areas whose sights differ are two.
    package let sight: String
    /// `nil` as long as nothing was written.
    package let probe: StorageProbe?

    package init(
        arriving: IncomingContainer, container: String, area: String, sight: String, probe: StorageProbe?
    ) {
        self.arriving = arriving
        self.container = container
        self.area = area
        self.sight = sight
        self.probe = probe
    }
}

/// A file that the source has made beside the area, and is about to remove.
package struct StorageProbe: Codable, Hashable, Sendable {
    /// One name, in the directory that holds the area.
    package let name: String
    package let sight: String
    package let content: String

    package init(name: String, sight: String, content: String) {
        self.name = name
        self.sight = sight
        self.content = content
    }
}

/// Where the agent sees the area that was sought.
package struct AreaSighting: Codable, Hashable, Sendable {
    /// `nil` where it does not.
    package let place: String?
    /// Whether that is the place which the arriving container would have.
    package let isWanted: Bool

    package init(place: String?, isWanted: Bool) {
        self.place = place
        self.isWanted = isWanted
    }
}
