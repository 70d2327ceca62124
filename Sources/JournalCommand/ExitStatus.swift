/// What the shell learns, as the manual page lists it.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case usage = 1
    case notFound = 2
    case chainBroken = 4
    case truncated = 5
    case unreadable = 6
    case schemaNewer = 7

    /// What the status means, for the manual page.
    package var meaning: String {
        switch self {
        case .success: "all is well"
        case .usage: "the command line is not one that the program knows"
        case .notFound: "there is no such migration, or no journal"
        case .chainBroken: "the journal was altered or is damaged"
        case .truncated: "the journal is whole in itself and shorter than, or other than, a witness saw it"
        case .unreadable: "the journal could not be opened or read"
        case .schemaNewer: "a newer program wrote the journal"
        }
    }
}
