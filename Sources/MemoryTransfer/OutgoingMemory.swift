/// The memory of a container that is about to be sent.
package struct OutgoingMemory: Hashable, Sendable {
    package let processes: [MemoryProcess]
    /// The directory of the dump, in the last pass; `nil` while the container runs.
    package let images: String?

    package init(processes: [MemoryProcess], images: String? = nil) {
        self.processes = processes
        self.images = images
    }
}
