internal import Synchronization

/// A value that one side gives once and any number of tasks wait for.
///
/// A cancelled task waits on: the value comes in any case, because whoever owes it gives it when the session ends.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case fulfilled(Value)
    }

    private let state = Mutex(State.waiting([]))

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = self.state.withLock { state in
                    switch state {
                    case .fulfilled(let value): return value
                    case .waiting(let others):
                        state = .waiting(others + [continuation])
                        return nil
                    }
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }

    /// Gives the value; what comes after the first is ignored.
    ///
    /// - Parameter value: what the waiting tasks get.
    func fulfil(_ value: Value) {
        let waiting: [CheckedContinuation<Value, Never>] = self.state.withLock { state in
            guard case .waiting(let waiting) = state else { return [] }
            state = .fulfilled(value)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }
}
