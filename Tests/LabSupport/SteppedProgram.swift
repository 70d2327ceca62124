internal import Glibc
internal import Synchronization

/// A program of ours on a node that stands still at each append to the journal until it is told to go on.
///
/// The test owns the pace, so whatever it looks at between two steps is what there is in that phase.
package final class SteppedProgram {
    private static let made = Mutex(0)

    package let node: Node
    package let container: String
    private let name: String
    private let places: String
    private var stops = 0
    /// As this machine numbers it; `nil` before it has stood still.
    private(set) var process: pid_t?

    package init(_ name: String, on node: Node, stopping place: AppendStop.Place, of container: TestContainer) {
        let number = Self.made.withLock { count in
            count += 1
            return count
        }
        (self.node, self.name, self.container) = (node, name, container.id)
        self.places = "/vz/dump/stops-\(number)"
        self.variables = ["LD_PRELOAD=\(AppendStop.library)", "APPEND_STOP=\(place.rawValue):\(self.places)"]
        let file = open(node.disk(self.places), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(file >= 0, "the lab is up, and \(self.places) of \(node) cannot be written: errno \(errno)")
        close(file)
    }

    deinit { unlink(self.node.disk(self.places)) }

    /// What its environment must hold.
    package let variables: [String]

    /// Waits until it stands still again.
    ///
    /// - Returns: the kind of the last event in its journal; `nil` if `hasEnded` says so before.
    package func stand(orEnd hasEnded: () -> Bool) throws -> String? {
        guard try self.stands(orEnd: hasEnded) else { return nil }
        return try self.node.journal(of: self.container).last?.kind ?? ""
    }

    /// Lets it go on from stop to stop until it stands at the one of this number, from 1.
    ///
    /// - Returns: whether it got there; not if `hasEnded` says so before.
    package func reach(stop number: Int, orEnd hasEnded: () -> Bool) throws -> Bool {
        while self.stops < number {
            self.goOn()
            guard try self.stands(orEnd: hasEnded) else { return false }
        }
        return true
    }

    private func stands(orEnd hasEnded: () -> Bool) throws -> Bool {
        self.stops += 1
        try wait(for: "\(self.name) to append event \(self.stops)") {
            if hasEnded() && self.count < self.stops { return true }
            guard self.count >= self.stops else { return false }
            self.process = self.node.processes(named: self.name).first { processState($0) == "T" }
            return self.process != nil
        }
        return self.count >= self.stops
    }

    /// Lets it go on and stops it no more.
    package func release() {
        unlink(self.node.disk(self.places))
        self.goOn()
    }

    /// Lets a program that stands go on.
    package func goOn() { self.signal(SIGCONT) }

    package func signal(_ number: Int32) {
        if let process = self.process { Glibc.kill(process, number) }
    }

    private var count: Int {
        var status = stat()
        return stat(self.node.disk(self.places), &status) == 0 ? Int(status.st_size) : 0
    }
}
