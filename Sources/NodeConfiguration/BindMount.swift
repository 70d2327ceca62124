/// One item of BINDMOUNT.
package struct BindMount: Hashable, Sendable, CustomStringConvertible {
    /// A path of the server that does not move with the CT; `nil` for a mount within the CT.
    package let source: String?
    package let destination: String
    package let options: [String]

    /// - Parameter text: `[source:]destination[,option...]`, the paths absolute.
    package init?(_ text: String) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let paths = fields[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(paths.count), let destination = paths.last else { return nil }
        guard paths.allSatisfy({ NodeLayout.normalized($0) != nil }) else { return nil }
        self.source = paths.count == 2 ? paths[0] : nil
        self.destination = destination
        self.options = fields.dropFirst().filter { !$0.isEmpty }
    }

    package var description: String {
        let paths = [self.source, self.destination].compactMap(\.self).joined(separator: ":")
        return ([paths] + self.options).joined(separator: ",")
    }
}
