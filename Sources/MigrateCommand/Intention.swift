internal import MigrationModel
internal import SecureShell

/// What a command line asks for, once it is known to make sense.
struct Intention: Sendable {
    let destination: SSHDestination
    /// As it was typed.
    let destinationText: String
    /// Of `--ssh`, for every connection; `nil` for none.
    let sshOptions: String?
    let items: [ContainerListItem]
    let online: OnlineOptions.Request?
    let copies: Bool
    let starts: Bool
    /// `nil` leaves it to `REMOVEMIGRATED`.
    let removesArea: Bool?
    let keepsDestination: Bool
    let timeout: Duration
    /// `nil` goes by the container's size.
    let freezeTimeout: Duration?
    /// In nanoseconds.
    let maxDowntime: UInt64
    let autoConverges: Bool
    /// What `--nodeps` names.
    let passedChecks: Set<CheckKeyword>
    /// How many at once.
    let jobs: Int
    /// `nil` for no limit.
    let bytesPerSecond: UInt64?
    /// `nil` for a migration that is meant.
    let rehearsal: Rehearsal?

    /// `--dry-run`.
    enum Rehearsal: Hashable, Sendable {
        case plain
        case withTrialDump
    }
}
