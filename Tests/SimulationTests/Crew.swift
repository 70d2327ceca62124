import Foundation
import Synchronization

/// Runs many simulations on two threads, as many as the smallest machine has cores.
enum Crew {
    /// Calls `run` with every number below `count`, in no order, until it says stop.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - run: one simulation; `false` stops all.
    static func run(_ count: Int, _ run: @escaping @Sendable (Int) -> Bool) {
        let next = Atomic(0)
        let group = DispatchGroup()
        let work = { @Sendable in
            while case let number = next.wrappingAdd(1, ordering: .relaxed).oldValue, number < count {
                guard run(number) else { return next.store(count, ordering: .relaxed) }
            }
        }
        for _ in 0..<2 { DispatchQueue.global().async(group: group, execute: work) }
        group.wait()
    }
}
