/// An event that cannot follow: a broken invariant if we made it, a foreign or damaged journal if we read it.
package struct InvalidTransition: Error, Hashable, Sendable, CustomStringConvertible {
    package let state: String
    package let event: String

    package init(from state: some Any, on event: some Any) {
        self.state = "\(state)"
        self.event = "\(event)"
    }

    package var description: String { "a migration that is \(self.state) cannot take the event \(self.event)" }
}
