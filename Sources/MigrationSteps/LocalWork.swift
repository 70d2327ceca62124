internal import AgentProtocol
internal import ContainerHost
internal import MigrationEngine
internal import MigrationModel
internal import NodeConfiguration

extension SourceSteps {
    /// Sends an order that a signal may cut short: one of before the commit.
    func order(_ request: AgentRequest) async throws(StepFailure) -> AgentAnswer {
        do {
            return try await self.link.request(request, interruption: self.session.interrupting)
        } catch {
            throw self.session.interrupting.reason ?? error
        }
    }

    /// Runs work on this node on a thread of its own; whatever it throws becomes the failure of a step.
    ///
    /// - Parameters:
    ///   - status: for errors that do not say better what they mean.
    ///   - what: as it reads after "could not".
    ///   - work: what is done; it runs once.
    /// - Returns: what the work returned.
    /// - Throws: what the work threw, as an operator reads it.
    func onThisNode<Result: Sendable>(
        _ status: ExitStatus, _ what: String, _ work: @escaping @Sendable () throws -> Result
    ) async throws(StepFailure) -> Result {
        try await self.session.environment.blocking { () throws(StepFailure) in
            do {
                return try work()
            } catch let error as NodeError {
                throw StepFailure(error)
            } catch let error as HostingError {
                throw StepFailure(error)
            } catch {
                throw StepFailure(status, during: what, error)
            }
        }
    }
}
