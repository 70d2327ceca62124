/// Why a step did not come to its fact, or an agent did not do what it was asked, in the words the operator sees.
package struct StepFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: ExitStatus
    /// One sentence: what failed, where, why, and what to do.
    package let message: String

    package init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { self.message }

    /// The same, said of a server that the operator does not look at.
    package func on(_ host: String) -> StepFailure { StepFailure(self.status, "\(host): \(self.message)") }
}

extension StepFailure: Codable {
    private enum CodingKeys: CodingKey {
        case status
        case message
    }

    /// A status that this program does not know counts as a broken protocol.
    ///
    /// - Parameter decoder: of the peer's bytes.
    /// - Throws: where they are no failure.
    package init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: CodingKeys.self)
        self.status = ExitStatus(rawValue: try answer.decode(Int32.self, forKey: .status)) ?? .protocolViolated
        self.message = try answer.decode(String.self, forKey: .message)
    }
}

/// The side of a migration: on which a record was written, or something failed.
package enum NodeRole: String, Sendable, CaseIterable {
    case source
    case destination
}

/// An error from below the steps that says by itself which exit status it has.
package protocol ErrorWithStatus: Error {
    /// - Parameter role: where it happened; the meaning of some statuses names a side.
    /// - Returns: `nil` where what it has interrupted says more.
    func status(at role: NodeRole) -> ExitStatus?
}

extension StepFailure {
    /// Makes any error the failure of a step: the one place where an error gets its exit status.
    ///
    /// - Parameters:
    ///   - error: what was thrown; the failure of a step stays what it is.
    ///   - role: the side on which it was thrown.
    ///   - status: for an error that does not say by itself what it means.
    ///   - deed: what it has interrupted, as it reads after "could not"; `nil` where the error says it all.
    package init(
        _ error: any Error, at role: NodeRole, else status: ExitStatus = .system, during deed: String? = nil
    ) {
        if let failure = error as? StepFailure {
            self = failure
        } else if let status = (error as? any ErrorWithStatus)?.status(at: role) {
            self.init(status, "\(error)")
        } else {
            self.init(status, deed.map { "could not \($0): \(error)" } ?? "\(error)")
        }
    }
}
