/// The private area has to fit, with a margin: 5 percent and a mebibyte, and as many inodes.
package struct DiskSpaceCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        switch source.area {
        case .unreadable(let why): [CheckFinding(.diskSpace, .diskSpace, why)]
        case .known(let area): self.bytes(area, destination) + self.inodes(area, destination)
        }
    }

    private func bytes(_ area: Room, _ destination: DestinationFacts) -> [CheckFinding] {
        let needed = Self.withMargin(area.bytes.lessening(by: destination.kept.bytes))
        guard needed > destination.area.bytes else { return [] }
        return [self.finding("room for the private area", "\(needed) bytes", "\(destination.area.bytes) bytes free")]
    }

    private func inodes(_ area: Room, _ destination: DestinationFacts) -> [CheckFinding] {
        guard let free = destination.area.inodes else { return [] }
        let needed = (area.inodes ?? 0).lessening(by: destination.kept.inodes ?? 0)
        guard needed > free else { return [] }
        return [self.finding("inodes for the private area", "\(needed)", "\(free) free")]
    }

    private func finding(_ what: String, _ here: String, _ there: String) -> CheckFinding {
        CheckFinding(.diskSpace, .diskSpace, what, here: here, there: there, remedy: "make room there")
    }

    private static func withMargin(_ bytes: UInt64) -> UInt64 { bytes + bytes / 20 + (1 << 20) }
}

/// The processes of a container that is restored have to fit into memory, beside the copy that they are restored from.
package struct MemoryCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        guard source.kind.isOnline else { return [] }
        let resident = source.residentBytes
        // Post-copy puts a page in its place at once.
        let images = source.kind.isLazy && !source.kind.isIterative ? 0 : resident
        let (memory, room) = (resident + images + (16 << 20), images + images / 10)
        var findings: [CheckFinding] = []
        if memory > destination.memory {
            findings.append(
                self.finding("memory for its processes", "\(memory) bytes", "\(destination.memory) bytes available"))
        }
        if room > destination.imagesRoom {
            findings.append(
                self.finding(
                    "room in /run, which is memory, for the copy of its memory", "\(room) bytes",
                    "\(destination.imagesRoom) bytes free"))
        }
        return findings
    }

    private func finding(_ what: String, _ here: String, _ there: String) -> CheckFinding {
        CheckFinding(
            .diskSpace, .diskSpace, what, here: here, there: there,
            remedy: "end something there, or use --lazy --noiter, which needs no copy")
    }
}

extension UInt64 {
    fileprivate func lessening(by other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

/// A process that travels with its memory has decided long ago which instructions it may use.
package struct ProcessorCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        let (here, there) = (source.node, destination.node)
        guard here.architecture == there.architecture else {
            return [
                CheckFinding(
                    .processor, .processorUnsupported, "the architecture of the processor", here: here.architecture,
                    there: there.architecture, remedy: "move it to a server of the same architecture")
            ]
        }
        guard source.kind.isOnline else { return [] }
        let missing = here.processorFeatures.subtracting(there.processorFeatures).sorted()
        if !missing.isEmpty {
            return [self.finding("processor features that its processes may use", missing.joined(separator: " "), nil)]
        }
        if case .unreadable(let reason) = source.processorImage {
            return [self.finding("CRIU's description of the processor", reason, "not asked")]
        }
        return destination.processorObjection.map { [self.finding("CRIU's comparison of the processors", nil, $0)] }
            ?? []
    }

    private func finding(_ what: String, _ here: String?, _ objection: String?) -> CheckFinding {
        CheckFinding(
            .processor, .processorFeatureMissing, what, here: here, there: objection ?? "none of them",
            remedy: "move it without --online, so that its processes begin anew")
    }
}

/// An older CRIU does not read what a newer one writes.
package struct CriuVersionCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        guard let here = source.node.criuVersion, let there = destination.node.criuVersion,
            Self.isOlder(there, than: here)
        else { return [] }
        return [
            CheckFinding(
                .criuVersion, .agentUnusable, "CRIU reads no images of a newer one", here: here, there: there,
                remedy: "update criu there")
        ]
    }

    /// Compares versions such as `4.2.1` part by part.
    private static func isOlder(_ version: String, than other: String) -> Bool {
        func parts(_ text: String) -> [Int] { text.split { !$0.isNumber }.compactMap { Int($0) } }
        return parts(version).lexicographicallyPrecedes(parts(other))
    }
}

/// What the container's TECHNOLOGIES name has to be there, and what its processes have open of control groups.
package struct TechnologyCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        self.words(source, destination) + self.controlGroups(source, destination)
    }

    private func words(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        switch source.technologies {
        case .unreadable(let why): return [CheckFinding(.technologies, .technologies, why)]
        case .known(let words):
            let missing = words.filter { !destination.node.technologies.contains($0) }
            guard !missing.isEmpty else { return [] }
            return [
                CheckFinding(
                    .technologies, .technologies, "TECHNOLOGIES", here: words.joined(separator: " "),
                    there: "no \(missing.joined(separator: ", no "))",
                    remedy: "load the kernel's module or install the tool there")
            ]
        }
    }

    private func controlGroups(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        let (here, there) = (source.node.controlGroupVersion, destination.node.controlGroupVersion)
        guard source.kind.isOnline, here != there else { return [] }
        return [
            CheckFinding(
                .technologies, .technologies, "the version of control groups, which its mounts refer to",
                here: "\(here)", there: "\(there)",
                remedy: "boot one of the servers with the other's, or move it without --online")
        ]
    }
}
