/// The memory of a container that is about to be sent.
package struct OutgoingMemory: Hashable, Sendable {
    package let processes: [MemoryProcess]
    /// The directory of the dump, in the last pass; `nil` while the container runs.
    package let images: String?

    /// Whether the last pass leaves behind what the other side does not hold: it is fetched from the processes later.
    package let follows: Bool

    package init(processes: [MemoryProcess], images: String? = nil, follows: Bool = false) {
        self.processes = processes
        self.images = images
        self.follows = follows
    }
}
