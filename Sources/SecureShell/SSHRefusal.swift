/// Why an address, an option of ssh or a line of its configuration was refused, as a sentence.
package struct SSHRefusal: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
