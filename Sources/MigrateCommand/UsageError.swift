/// A command line that cannot be obeyed: exit 1, and nothing was touched.
struct UsageError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
