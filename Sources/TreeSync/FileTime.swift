/// A point in time as a file system keeps it.
package struct FileTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970; negative before.
    package var seconds: Int64
    /// Nanoseconds after that second, below 10^9.
    package var nanoseconds: UInt32

    init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Takes one number; not negative, for it comes from a clock.
    init(nanosecondsSince1970 value: Int64) {
        self.seconds = value / 1_000_000_000
        self.nanoseconds = UInt32(value % 1_000_000_000)
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
