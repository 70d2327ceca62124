/// One thing that is wrong with a journal.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// The event concerned; `nil` for the file as a whole.
    package let sequence: Int64?

    /// What is wrong, as a sentence.
    package let sentence: String

    package var description: String {
        self.sequence.map { "event \($0): \(self.sentence)" } ?? self.sentence
    }
}
