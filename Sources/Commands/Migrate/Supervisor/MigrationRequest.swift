internal import HandOver
internal import SecureShell

/// What a command line asks for, once it is known to make sense.
struct MigrationRequest: Sendable {
    let destination: SSHDestination
    /// As it was typed.
    let destinationText: String
    /// Of `--ssh`, for every connection; `nil` for none.
    let sshOptions: String?
    let items: [ContainerListItem]
    let online: OnlineType?
    let copies: Bool
    let starts: Bool
    /// `nil` leaves it to `REMOVEMIGRATED`.
    let removesArea: Bool?
    let keepsDestination: Bool
    let timeout: Duration
    /// `nil` goes by the container's size.
    let freezeTimeout: Duration?
    let maxDowntime: Duration
    let autoConverges: Bool
    /// What `--nodeps` names.
    let waivedChecks: Set<CheckKeyword>
    /// How many at once.
    let jobs: Int
    /// `nil` for no limit.
    let bytesPerSecond: UInt64?
    /// `nil` for a migration that is meant.
    let dryRunMode: DryRunMode?

    /// `--dry-run`.
    enum DryRunMode: Hashable, Sendable {
        case plain
        case withTrialDump
    }
}

/// One item of the container list: `CT_ID[:new_CT_ID[:private[:root]]]`; an empty field is an absent one.
struct ContainerListItem: Hashable, Sendable {
    /// A container's id as it was typed: its id here, its UUID, or its NAME.
    let container: ContainerID
    /// `nil` for the id that it has here.
    let newContainer: ContainerID?
    let destinationPrivateArea: String?
    let destinationRoot: String?

    init(parsing text: String) throws(UsageError) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard fields.count <= 4 else {
            throw UsageError("'\(text)': a list item is CT_ID[:new_CT_ID[:private[:root]]], it has no fifth field")
        }
        self.container = try Self.identifier(fields[0])
        self.newContainer = fields.count > 1 && !fields[1].isEmpty ? try Self.identifier(fields[1]) : nil
        self.destinationPrivateArea = try Self.path(fields.dropFirst(2).first, called: "private area", in: text)
        self.destinationRoot = try Self.path(fields.dropFirst(3).first, called: "root", in: text)
    }

    private static func identifier(_ field: String) throws(UsageError) -> ContainerID {
        do { return try ContainerID(parsing: field) } catch { throw UsageError("\(error)") }
    }

    private static func path(_ field: String?, called name: String, in text: String) throws(UsageError) -> String? {
        guard let field, !field.isEmpty else { return nil }
        guard field.hasPrefix("/") else { throw UsageError("'\(text)': the \(name) '\(field)' is no absolute path") }
        return field
    }

    /// The whole list: a container named twice, or two that would take one id, is refused before anything is touched.
    static func list(parsing texts: [String]) throws(UsageError) -> [ContainerListItem] {
        var items: [ContainerListItem] = []
        for text in texts {
            let item = try ContainerListItem(parsing: text)
            if items.contains(where: { $0.container == item.container }) {
                throw UsageError("container \(item.container) is in the list twice")
            }
            let target = item.newContainer ?? item.container
            if items.contains(where: { ($0.newContainer ?? $0.container) == target }) {
                throw UsageError("two containers of the list would become \(target)")
            }
            items.append(item)
        }
        return items
    }
}
