internal import LabSupport
internal import Testing

extension TestContainer {
    /// Expects that no migration of it has left there what should not stay.
    func expectNothingLeft(on node: Node) throws {
        let words = try self.leftovers(on: node)
        #expect(words == "", "left on \(node): \(words)")
    }

    /// Expects that there is nothing of it on a node where it does not belong.
    func expectNoTrace(on node: Node) throws {
        let words = try self.traces(on: node)
        #expect(words == "", "left on \(node): \(words)")
    }
}
