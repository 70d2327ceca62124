/// A message with the place of the sender's journal: whoever receives it keeps that, and a history that is cut short or
/// rewritten later contradicts the other node.
package struct Envelope<Message: Codable & Sendable>: Codable, Sendable {
    /// The sender's chain head, as `number:digits`.
    package let head: String
    package let message: Message

    package init(head: String, _ message: Message) {
        self.head = head
        self.message = message
    }
}
