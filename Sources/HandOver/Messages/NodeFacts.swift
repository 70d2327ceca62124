/// What a server is, as far as it decides whether a container can live there. Gathered alike on both.
package struct NodeFacts: Codable, Hashable, Sendable {
    /// As uname(2) says it, such as `x86_64`.
    package var architecture: String
    /// What a process can find out that the processor has, as /proc/cpuinfo spells it.
    package var processorFeatures: Set<String>
    /// The words of TECHNOLOGIES that hold here.
    package var technologies: Set<String>
    /// 1, or 2 where there are only control groups of version 2.
    package var controlGroupVersion: Int
    /// Nanoseconds since 1970 by this server's clock.
    package var clock: Int64
    /// CRIU's version; `nil` where it was not asked for.
    package var criuVersion: String?

    package init(
        architecture: String, processorFeatures: Set<String>, technologies: Set<String>, controlGroupVersion: Int,
        clock: Int64, criuVersion: String?
    ) {
        self.architecture = architecture
        self.processorFeatures = processorFeatures
        self.technologies = technologies
        self.controlGroupVersion = controlGroupVersion
        self.clock = clock
        self.criuVersion = criuVersion
    }
}

/// What could be found out, or why it could not: a sentence that names the file, and the line where there is one.
package enum Fact<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    case known(Value)
    case unreadable(String)

    /// Finds it out.
    package init(_ find: () throws -> Value) {
        do { self = .known(try find()) } catch { self = .unreadable("\(error)") }
    }
}

/// What a file system, or the memory, has room for.
package struct Room: Codable, Hashable, Sendable {
    /// For root.
    package var bytes: UInt64
    /// `nil` where the file system makes as many as are needed.
    package var inodes: UInt64?

    package init(bytes: UInt64, inodes: UInt64?) {
        self.bytes = bytes
        self.inodes = inodes
    }
}

/// A licence as its file states it.
package struct LicenceFacts: Codable, Hashable, Sendable {
    package var file: String
    /// `active`, or why it does not hold.
    package var status: String
    /// The last day on which it holds, as `2027-01-31`; `nil` for ever.
    package var expires: String?
    /// How many containers the server may have; `nil` for any number.
    package var containerLimit: Int?
    /// How many it has.
    package var containers: Int

    package init(file: String, status: String, expires: String?, containerLimit: Int?, containers: Int) {
        self.file = file
        self.status = status
        self.expires = expires
        self.containerLimit = containerLimit
        self.containers = containers
    }
}

/// What traffic shaping knows on a server.
package struct ShapingFacts: Codable, Hashable, Sendable {
    package var devices: Set<String>
    package var classes: Set<Int>

    package init(devices: Set<String>, classes: Set<Int>) {
        self.devices = devices
        self.classes = classes
    }
}

/// Who has an address of the arriving container.
package struct AddressHolder: Codable, Hashable, Sendable {
    package var address: String
    /// Such as `CT 102` or `02:00:00:00:00:05 on vzbr0`.
    package var holder: String

    package init(address: String, holder: String) {
        self.address = address
        self.holder = holder
    }
}

/// What the destination has found out for one arriving container, to be compared by its source.
package struct DestinationFacts: Codable, Hashable, Sendable {
    package var node: NodeFacts
    /// CRIU's words where it holds the source's processor for too much for this one; `nil` where it does not, or was
    /// not asked.
    package var processorObjection: String?
    /// Where the private area is going to be.
    package var area: Room
    /// What an earlier attempt has left of the container here, which the next one goes on from.
    package var kept: Room
    /// The memory that programs may have, and what of it the directory of images may take.
    package var memory: UInt64
    package var imagesRoom: UInt64
    /// Those of the container's templates that are here; `nil` where vz.conf names no TEMPLATE.
    package var templates: Fact<Set<String>>?
    /// `nil` where vz.conf names no licence.
    package var licence: Fact<LicenceFacts>?
    /// `nil` where TRAFFIC_SHAPING is off.
    package var shaping: Fact<ShapingFacts>?
    /// Containers here with the arriving one's NAME.
    package var nameHolders: [String]
    package var addressHolders: Fact<[AddressHolder]>
    /// Those of the container's external mounts that are not here.
    package var missingMounts: [String]

    package init(node: NodeFacts, area: Room, kept: Room, memory: UInt64, imagesRoom: UInt64) {
        self.node = node
        self.area = area
        self.kept = kept
        self.memory = memory
        self.imagesRoom = imagesRoom
        self.nameHolders = []
        self.addressHolders = .known([])
        self.missingMounts = []
    }
}

/// What the destination is asked to find out beyond what the container's configuration says.
package struct InspectionQuestions: Codable, Hashable, Sendable {
    /// Directories of the source that are mounted into the container.
    package var externalMounts: [String]
    /// CRIU's description of the source's processor (`criu cpuinfo dump`); empty where its memory does not travel, or
    /// CRIU has none for this architecture.
    package var processorImage: [UInt8]
    /// Whether the container answers for its addresses itself, by the hardware addresses of its configuration.
    package var isOnTheNetwork: Bool

    package init(externalMounts: [String], processorImage: [UInt8], isOnTheNetwork: Bool) {
        self.externalMounts = externalMounts
        self.processorImage = processorImage
        self.isOnTheNetwork = isOnTheNetwork
    }
}
