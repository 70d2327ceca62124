internal import HandOver
internal import Supervisor

/// How an item of the container list is typed.
extension ContainerListItem {
    init(parsing text: String) throws(UsageError) {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard fields.count <= 4 else {
            throw UsageError("'\(text)': a list item is CT_ID[:new_CT_ID[:private[:root]]], it has no fifth field")
        }
        self.init(
            try Self.identifier(fields[0]),
            as: fields.count > 1 && !fields[1].isEmpty ? try Self.identifier(fields[1]) : nil,
            privateArea: try Self.path(fields.dropFirst(2).first, called: "private area", in: text),
            root: try Self.path(fields.dropFirst(3).first, called: "root", in: text))
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
