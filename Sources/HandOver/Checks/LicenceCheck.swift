/// The licence of the destination, where its vz.conf names one.
package struct LicenceCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        switch destination.licence {
        case nil: return []
        case .unreadable(let why): return [CheckFinding(.licence, .licence, why, remedy: "mend that there")]
        case .known(let licence): return self.objection(licence, today: destination.node.clock).map { [$0] } ?? []
        }
    }

    private func objection(_ licence: LicenceFacts, today clock: Int64) -> CheckFinding? {
        if licence.status != "active" {
            return self.finding(licence, "its status is \(licence.status)")
        }
        if let expires = licence.expires, expires < CalendarDay(nanosecondsSince1970: clock).description {
            return self.finding(licence, "it expired on \(expires)")
        }
        if let limit = licence.containerLimit, licence.containers >= limit {
            return self.finding(licence, "it is for \(limit) containers, and \(licence.containers) are there")
        }
        return nil
    }

    private func finding(_ licence: LicenceFacts, _ there: String) -> CheckFinding {
        CheckFinding(
            .licence, .licence, "the licence \(licence.file) of the destination: \(there)",
            remedy: "install one there that allows this container")
    }
}

/// A day of the Gregorian calendar in UTC. Its description sorts like the days.
struct CalendarDay: CustomStringConvertible {
    private let year: Int64
    private let month: Int64
    private let day: Int64

    /// See: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    init(nanosecondsSince1970 time: Int64) {
        let day: Int64 = 86_400_000_000_000
        let days = time / day - (time % day < 0 ? 1 : 0) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shifted + 2) / 5 + 1
        self.month = shifted < 10 ? shifted + 3 : shifted - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    var description: String {
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(self.year, 4))-\(digits(self.month, 2))-\(digits(self.day, 2))"
    }
}
