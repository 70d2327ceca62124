/// One round over the memory of a container that runs.
package struct MemoryRound: Hashable, Codable, Sendable {
    /// How it is known which pages changed since the round before.
    package enum Tracking: String, CaseIterable, Codable, Sendable {
        /// The kernel tells (soft-dirty).
        case kernel
        /// Every page is read and compared with what the destination holds.
        case content
    }

    package let tracking: Tracking
    /// Pages that there were, of 4096 bytes.
    package let pages: UInt64
    /// Pages whose content the destination did not hold, and was sent.
    package let sentPages: UInt64
    /// Bytes on the wire, everything included.
    package let wireBytes: UInt64
    package let nanoseconds: UInt64
    /// Of these the container stood still; it counts as downtime.
    package let heldNanoseconds: UInt64
    /// What a pass over the files took at the same time; `nil` in the first round, which comes right after one.
    package let fileNanoseconds: UInt64?
    /// Percent of its processor time that were taken from the container meanwhile; `nil` for none.
    package let throttle: Int?
    /// Processes, and bytes of memory that they share, which CRIU takes along while the container is frozen. Absent in
    /// rows means unknown.
    package let processes: UInt64?
    package let sharedBytes: UInt64?

    package init(
        tracking: Tracking, pages: UInt64, sentPages: UInt64, wireBytes: UInt64, nanoseconds: UInt64,
        heldNanoseconds: UInt64, fileNanoseconds: UInt64?, throttle: Int? = nil,
        processes: UInt64? = nil, sharedBytes: UInt64? = nil
    ) {
        self.throttle = throttle
        self.processes = processes
        self.sharedBytes = sharedBytes
        self.tracking = tracking
        self.pages = pages
        self.sentPages = sentPages
        self.wireBytes = wireBytes
        self.nanoseconds = nanoseconds
        self.heldNanoseconds = heldNanoseconds
        self.fileNanoseconds = fileNanoseconds
    }

    /// The same round, with what only its step knows.
    package func with(fileNanoseconds: UInt64?, throttle: Int?) -> MemoryRound {
        MemoryRound(
            tracking: self.tracking, pages: self.pages, sentPages: self.sentPages, wireBytes: self.wireBytes,
            nanoseconds: self.nanoseconds, heldNanoseconds: self.heldNanoseconds, fileNanoseconds: fileNanoseconds,
            throttle: throttle,
            processes: self.processes, sharedBytes: self.sharedBytes)
    }
}
