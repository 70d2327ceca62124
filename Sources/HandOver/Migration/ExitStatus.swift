/// The exit statuses of vzmigrate: what `$?` says after a migration, in the order of the manual page's table.
///
/// The numbers up to 73 are those of the commercial vzmigrate family; 80 is ours.
package enum ExitStatus: Int32, CaseIterable, Codable, Sendable {
    case success = 0
    case usage = 1
    case system = 2
    case locked = 3
    case cannotConnect = 4
    case improperContainer = 5
    case copyFailed = 6
    case cannotStart = 7
    case cannotStopSource = 8
    case containerExists = 9
    case noSuchContainer = 10
    case templatesMissing = 11
    case addressInUse = 12
    case actionScripts = 13
    case agentUnusable = 14
    case connectionBroken = 21
    case connectionTimedOut = 22
    case terminated = 25
    case protocolViolated = 26
    case licence = 30
    case diskSpace = 31
    case technologies = 32
    case rate = 33
    case sameContainer = 34
    case identityConflict = 35
    case externalBindMount = 36
    case nameConflict = 45
    case notSharedStorage = 46
    case processorFeatureMissing = 56
    case processorUnsupported = 57
    case liveMigrationFailed = 73
    case inDoubt = 80

    /// What the status means: the words of the manual page, which a test compares.
    package var meaning: String {
        switch self {
        case .success: "every container is where it was asked to be"
        case .usage: "the command line is wrong; nothing was touched"
        case .system: "a system call, a program or a file failed on one of the nodes, or a configuration cannot be read"
        case .locked: "another operation holds the container"
        case .cannotConnect:
            "the destination cannot be reached, its key or ours was refused, or a configuration of ssh cannot be used"
        case .improperContainer: "the container's bundle or state does not allow a migration"
        case .copyFailed: "copying the private area failed"
        case .cannotStart: "the container cannot be made ready to start at the destination"
        case .cannotStopSource: "the container could not be stopped or frozen on the source"
        case .containerExists: "the container, or the new id, exists at the destination"
        case .noSuchContainer: "the source has no such container"
        case .templatesMissing: "a template is missing at the destination"
        case .addressInUse: "an address of the container is in use at the destination"
        case .actionScripts: "the container has mount or action scripts"
        case .agentUnusable: "vzmigrate-agent, runc or CRIU is missing at the destination, or too old"
        case .connectionBroken: "the connection to the destination broke"
        case .connectionTimedOut: "the destination stopped answering"
        case .terminated: "a signal ended vzmigrate; the container stays on the source"
        case .protocolViolated: "the other side sent what the protocol does not allow"
        case .licence: "the licence at the destination does not allow it"
        case .diskSpace: "the destination has not enough disk space, inodes or memory"
        case .technologies: "the destination lacks a technology that the container needs"
        case .rate: "a device or class of RATE is missing at the destination"
        case .sameContainer: "source and destination are the same server"
        case .identityConflict:
            "the destination holds another container with the same UUID, or has seen a newer copy of this one"
        case .externalBindMount: "the container mounts a directory that is not in its private area"
        case .nameConflict: "the container's name is in use at the destination"
        case .notSharedStorage: "the destination's directory is on other storage than expected"
        case .processorFeatureMissing: "the destination's processor lacks a feature"
        case .processorUnsupported: "the destination's processor cannot run the container"
        case .liveMigrationFailed: "the container's processes could not be dumped or restored as asked"
        case .inDoubt: "it is not settled on which server the container goes on; the message says what ends that"
        }
    }
}
