import Engine
import HandOver
import Synchronization
import TestSupport

/// Plays the source's servers: every step succeeds, except where the script says otherwise. Counts every effect.
final class ScriptedPerformer: StepPerformer {
    typealias Machine = SourceMigration

    /// Where this process dies.
    enum Death: CaseIterable, Sendable {
        case beforeEffect
        case afterEffect
    }

    struct Died: Error {}

    private struct Memory {
        var effects: [SourceStep] = []
        var failing: SourceStep?
        var dying: (step: SourceStep, death: Death)?
    }

    private let memory = Mutex(Memory())

    var effects: [SourceStep] { self.memory.withLock { $0.effects } }

    func fail(at step: SourceStep) { self.memory.withLock { $0.failing = step } }

    func die(at step: SourceStep, _ death: Death) { self.memory.withLock { $0.dying = (step, death) } }

    func perform(_ step: SourceStep, of migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let (fails, death) = self.memory.withLock { memory -> (Bool, Death?) in
            let death = memory.dying?.step == step ? memory.dying?.death : nil
            if death != nil { memory.dying = nil }
            if death != .beforeEffect { memory.effects.append(step) }
            return (memory.failing == step, death)
        }
        if death != nil { throw ProcessDeath.failure }
        if fails { throw StepFailure(.copyFailed, "scripted") }
        return .success(of: step)
    }

    func observe(_ step: SourceStep, of migration: SourceMigration) async throws(StepFailure) -> SourceEvent? {
        migration.phase.isPastCommit || [.rollBack, .deliverAbort].contains(step)
            ? nil : .stepFailed(step, StepFailure(.terminated, "the process ended"))
    }
}

/// The failure that stands for a process that is no more: the log refuses to write it.
enum ProcessDeath {
    static let failure = StepFailure(.system, "this process is dead")
}

/// A log in memory that dies with its process, and keeps what was written before.
final class MemoryLog: EventLog {
    typealias Machine = SourceMigration

    private let written: Mutex<[SourceEvent]>

    init(_ plan: MigrationPlan) { self.written = Mutex([.planned(plan)]) }

    var events: [SourceEvent] { self.written.withLock { $0 } }

    func append(_ event: SourceEvent, leadingTo migration: SourceMigration) async throws {
        if case .stepFailed(_, ProcessDeath.failure) = event { throw ScriptedPerformer.Died() }
        self.written.withLock { $0.append(event) }
    }
}
