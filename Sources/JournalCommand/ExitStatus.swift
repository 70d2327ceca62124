/// What the shell learns, as the manual page lists it.
package enum ExitStatus: Int32, Sendable {
    case success = 0

    /// The command line is not one that the program knows.
    case usage = 1

    /// There is no such migration, or no journal.
    case notFound = 2

    /// The journal was altered or is damaged.
    case chainBroken = 4

    /// The journal is whole in itself and shorter than, or other than, a witness saw it.
    case truncated = 5

    /// The journal could not be opened or read.
    case unreadable = 6

    /// A newer program wrote the journal.
    case schemaNewer = 7
}
