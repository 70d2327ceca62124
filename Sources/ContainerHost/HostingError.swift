internal import ContainerIdentity

/// Why something could not be found out about a container of this node, or done to it.
package struct HostingError: Error, Hashable, CustomStringConvertible {
    /// What a caller can tell apart, and map to an exit status.
    package enum Kind: Hashable, Sendable {
        case unknownContainer
        /// A configuration that cannot be read, a system call or a program that failed.
        case system
        /// The container itself is not of a sort that can be migrated as asked.
        case improper
        case notRunning
        case cannotStart
        case cannotStop
        /// CRIU or the runtime could not dump or restore its processes.
        case checkpoint
        /// The runtime or CRIU is missing or cannot work on this node.
        case runtimeUnusable
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { self.message }

    /// Runs deeds whose failures, of whatever type, become failures of this kind.
    static func wrapping<Result>(_ kind: Kind, _ deed: () throws -> Result) throws(HostingError) -> Result {
        do {
            return try deed()
        } catch let error as HostingError {
            throw error
        } catch {
            throw HostingError(kind, "\(error)")
        }
    }
}
