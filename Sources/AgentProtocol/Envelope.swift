/// A message with the places of both journals: whoever receives it keeps the sender's, and finds out whether its own is
/// still the one that the sender has seen.
package struct Envelope<Message: Codable & Sendable>: Codable, Sendable {
    /// The sender's chain head, as `number:digits`.
    package let head: String
    /// The furthest head of the receiver's journal that the sender has on record; `nil` for none.
    package let yours: String?
    package let message: Message

    package init(head: String, yours: String?, _ message: Message) {
        self.head = head
        self.yours = yours
        self.message = message
    }
}
