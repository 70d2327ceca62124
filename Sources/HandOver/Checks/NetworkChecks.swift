/// The devices and classes that RATE limits.
package struct RateCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        switch source.rates {
        case .unreadable(let why): return [CheckFinding(.rate, .rate, why)]
        case .known(let rates): return rates.isEmpty ? [] : self.findings(rates, destination)
        }
    }

    private func findings(_ rates: [WantedRate], _ destination: DestinationFacts) -> [CheckFinding] {
        switch destination.shaping {
        case nil: return []
        case .unreadable(let why): return [CheckFinding(.rate, .rate, why, remedy: "mend that there")]
        case .known(let shaping):
            let devices = Set(rates.compactMap(\.device)).subtracting(shaping.devices).sorted()
            let classes = Set(rates.map(\.networkClass)).subtracting(shaping.classes).sorted()
            return devices.map { self.finding("the device \($0), which RATE limits", "no such device") }
                + classes.map { self.finding("the network class \($0) of RATE", "not in networks_classes") }
        }
    }

    private func finding(_ what: String, _ there: String) -> CheckFinding {
        CheckFinding(
            .rate, .rate, what, there: there, remedy: "make it there, or change RATE, or TRAFFIC_SHAPING there")
    }
}

/// Addresses belong to one container.
package struct AddressCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        // A copy is registered stopped and disabled.
        guard !source.kind.isCopy else { return [] }
        switch destination.addressHolders {
        case .unreadable(let why):
            return [CheckFinding(.addresses, .addressInUse, "its addresses cannot be looked for there: \(why)")]
        case .known(let holders):
            return holders.map {
                CheckFinding(
                    .addresses, .addressInUse, "the address \($0.address) of IP_ADDRESS", there: "\($0.holder) has it",
                    remedy: "give one of the two another address")
            }
        }
    }
}

/// Clocks that disagree let files seem to come from the future and certificates expire.
package struct ClockCheck: NodeCheck {
    /// In nanoseconds.
    private static let tolerance = 5e9

    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        // The other side's number may be any.
        let (clock, there) = (source.clock, Double(destination.node.clock))
        let (asked, answered) = (Double(clock.lowerBound), Double(clock.upperBound))
        // Whenever it looked, it was while we waited for its answer.
        let skew = there < asked ? there - asked : max(0, there - answered)
        guard abs(skew) > Self.tolerance else { return [] }
        return [
            CheckFinding(
                .clock, .system, "the clocks of the two servers",
                there: "\(Int(abs(skew) / 1e9)) s \(skew > 0 ? "later" : "earlier") than here",
                remedy: "set them, with NTP for example")
        ]
    }
}
