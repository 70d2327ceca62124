package import AgentProtocol
package import MigrationModel

/// The templates that the container was made from, where servers keep templates.
package struct TemplateCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        switch departure.templates {
        case .unreadable(let why): [CheckFinding(.templates, .templatesMissing, why)]
        case .known(let wanted): wanted.isEmpty ? [] : self.findings(wanted, departure, arrival)
        }
    }

    private func findings(
        _ wanted: [String], _ departure: DepartureFacts, _ arrival: ArrivalFacts
    ) -> [CheckFinding] {
        let names = wanted.joined(separator: " ")
        switch arrival.templates {
        case nil:
            guard departure.keepsTemplates else { return [] }
            return [self.finding(names, "vz.conf names no TEMPLATE", "set it there")]
        case .unreadable(let why): return [self.finding(names, "they cannot be read (\(why))", "mend that there")]
        case .known(let present):
            let missing = wanted.filter { !present.contains($0) }
            guard !missing.isEmpty else { return [] }
            return [
                self.finding(
                    names, "no \(missing.joined(separator: ", no "))", "install the template below TEMPLATE there")
            ]
        }
    }

    private func finding(_ here: String, _ there: String, _ remedy: String) -> CheckFinding {
        CheckFinding(
            .templates, .templatesMissing, "OSTEMPLATE and TEMPLATES", here: here, there: there, remedy: remedy)
    }
}
