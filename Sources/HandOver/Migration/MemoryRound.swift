/// What one pass over a container's memory did: a round while it runs, or the last one, of its dump.
package struct MemoryRound: Hashable, Codable, Sendable {
    package let tracking: MemoryTracking
    /// Pages that there were, of 4096 bytes.
    package var pages: UInt64
    /// Pages whose content the destination did not hold, and was sent.
    package var sentPages: UInt64
    /// Bytes on the wire, everything included.
    package var wireBytes: UInt64
    private var nanoseconds: UInt64
    private var heldNanoseconds: UInt64
    private var fileNanoseconds: UInt64?
    /// Percent of its processor time that were taken from the container meanwhile; `nil` for none.
    package var throttle: Int?
    /// Processes, and bytes of memory that they share, which CRIU takes along while the container is frozen. Absent in
    /// rows means unknown.
    package var processes: UInt64?
    package var sharedBytes: UInt64?

    package init(
        tracking: MemoryTracking, pages: UInt64 = 0, sentPages: UInt64 = 0, wireBytes: UInt64 = 0,
        duration: Duration = .zero, held: Duration = .zero, fileDuration: Duration? = nil, throttle: Int? = nil,
        processes: UInt64? = nil, sharedBytes: UInt64? = nil
    ) {
        self.throttle = throttle
        self.processes = processes
        self.sharedBytes = sharedBytes
        self.tracking = tracking
        self.pages = pages
        self.sentPages = sentPages
        self.wireBytes = wireBytes
        self.nanoseconds = duration.wholeNanoseconds
        self.heldNanoseconds = held.wholeNanoseconds
        self.fileNanoseconds = fileDuration?.wholeNanoseconds
    }

    package var duration: Duration {
        get { .nanoseconds(self.nanoseconds) }
        set { self.nanoseconds = newValue.wholeNanoseconds }
    }
    /// For how long of it the container stood still; it counts as downtime.
    package var held: Duration {
        get { .nanoseconds(self.heldNanoseconds) }
        set { self.heldNanoseconds = newValue.wholeNanoseconds }
    }
    /// What a pass over the files took at the same time; `nil` in the first round, which comes right after one.
    package var fileDuration: Duration? {
        get { self.fileNanoseconds.map { .nanoseconds($0) } }
        set { self.fileNanoseconds = newValue?.wholeNanoseconds }
    }
}

/// How it is known which pages changed since the pass before.
package enum MemoryTracking: String, CaseIterable, Codable, Sendable {
    /// The kernel tells (soft-dirty): only what was written to is read again.
    case kernel
    /// Every page is read and compared with what the destination holds.
    case content
}

/// A pass over a container's memory, and what the destination holds after it.
package struct SentMemory: Hashable, Sendable {
    package var round: MemoryRound
    /// SHA-256 of all pages, in hexadecimal.
    package var digest: String

    package init(round: MemoryRound, digest: String) {
        self.round = round
        self.digest = digest
    }
}
