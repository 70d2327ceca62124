/// `KEY="value"` as found in one line.
struct ConfigurationAssignment: Hashable, Sendable {
    let key: String
    let value: ConfigurationValue
    /// Where the value stands in the line, its quotes included.
    let range: Range<Int>
}
