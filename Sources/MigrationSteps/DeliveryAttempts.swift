internal import MigrationEngine
internal import MigrationModel

/// How often, and how long after one another, this process tries to deliver the outcome of a hand-over.
///
/// A run tries for a few seconds; what it could not deliver stays in the journal for the next one.
struct DeliveryAttempts {
    private let environment: any StepEnvironment
    private var left = 5
    private var pause = Duration.milliseconds(200)

    init(in environment: any StepEnvironment) { self.environment = environment }

    /// Waits, longer each time. `false` if it was the last attempt, or if trying again cannot help.
    mutating func mayTryAgain(after failure: StepFailure) async -> Bool {
        switch failure.status {
        // `locked`: the agent of an earlier attempt has not ended yet.
        case .cannotConnect, .connectionBroken, .connectionTimedOut, .system, .cannotStart, .locked: break
        default: return false
        }
        guard self.left > 0 else { return false }
        self.left -= 1
        do { try await self.environment.sleep(for: self.pause) } catch { return false }
        self.pause *= 2
        return true
    }
}
