package import AgentProtocol
package import MigrationModel

/// The private area has to fit, with a margin: 5 percent and a mebibyte, and as many inodes.
package struct DiskSpaceCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        switch departure.area {
        case .unreadable(let why): [CheckFinding(.diskSpace, .diskSpace, why)]
        case .known(let area): self.bytes(area, arrival) + self.inodes(area, arrival)
        }
    }

    private func bytes(_ area: Room, _ arrival: ArrivalFacts) -> [CheckFinding] {
        let needed = Self.withMargin(area.bytes.lessening(by: arrival.kept.bytes))
        guard needed > arrival.area.bytes else { return [] }
        return [self.finding("room for the private area", "\(needed) bytes", "\(arrival.area.bytes) bytes free")]
    }

    private func inodes(_ area: Room, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard let free = arrival.area.inodes else { return [] }
        let needed = (area.inodes ?? 0).lessening(by: arrival.kept.inodes ?? 0)
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

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard departure.kind.isOnline else { return [] }
        let resident = departure.residentBytes
        // Memory that follows is put in its place at once.
        let images = departure.kind.isLazy && !departure.kind.isIterative ? 0 : resident
        let (memory, room) = (resident + images + (16 << 20), images + images / 10)
        var findings: [CheckFinding] = []
        if memory > arrival.memory {
            findings.append(
                self.finding("memory for its processes", "\(memory) bytes", "\(arrival.memory) bytes available"))
        }
        if room > arrival.imagesRoom {
            findings.append(
                self.finding(
                    "room in /run, which is memory, for the copy of its memory", "\(room) bytes",
                    "\(arrival.imagesRoom) bytes free"))
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
