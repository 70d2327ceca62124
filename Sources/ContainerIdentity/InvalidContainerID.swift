/// A text that cannot be a ``ContainerID``, and why.
package struct InvalidContainerID: Error, Hashable, CustomStringConvertible {
    package let text: String
    package let reason: String

    package init(text: String, reason: String) {
        self.text = text
        self.reason = reason
    }

    package var description: String {
        "'\(self.text)' is not a container ID: \(self.reason). "
            + "Give a number, a UUID, or a name of up to 64 letters, digits, '_', '.' and '-'."
    }
}
