internal import LabSupport

/// One round of torture: a migration, where it is struck, with what, and who sets it right.
struct Point: CustomStringConvertible, Hashable {
    /// What is migrated, and how.
    enum Kind: String, CaseIterable {
        case stopped
        /// Running, moved without its memory.
        case warm
        /// Running, moved with its memory.
        case live
        /// Its memory follows it, all of it or what the rounds have left.
        case lazy
        case lazyIterative = "lazy after rounds"

        var options: [String] {
            switch self {
            case .stopped, .warm: []
            case .live: ["--online"]
            case .lazy: ["--online", "--lazy", "--noiter"]
            case .lazyIterative: ["--online", "--lazy"]
            }
        }

        /// As `tools/lab ct` has it. Memory that follows is so much that it does not come at once.
        var workload: String {
            switch self {
            case .stopped: "counter"
            case .warm, .live: "memory:8M"
            case .lazy, .lazyIterative: "memory:32M"
            }
        }

        var isLive: Bool { !self.options.isEmpty }
        var isLazy: Bool { self.options.contains("--lazy") }
    }

    /// When it is struck.
    enum Moment: Hashable, CustomStringConvertible {
        /// At an append to a node's journal, by its number from 1; the name is that of the event.
        case append(Int, of: String, on: Node, AppendStop.Place)
        /// So long after vzmigrate has begun.
        case instant(milliseconds: Int)
        /// So long after vzmigrate has begun, and then as soon as a program of this name is there.
        case next(String, on: Node, milliseconds: Int)
        /// So long after a program of this name has first shown itself.
        case into(String, on: Node, milliseconds: Int)

        var description: String {
            switch self {
            case .append(let number, let event, let node, let place):
                "\(place == .before ? "before" : "after") \(node)'s event \(number), \(event)"
            case .instant(let milliseconds): "after \(milliseconds) ms"
            case .next(let program, let node, let milliseconds):
                "at \(node)'s first \(program) after \(milliseconds) ms"
            case .into(let program, let node, let milliseconds): "\(milliseconds) ms into \(node)'s \(program)"
            }
        }
    }

    /// Who ends what was left.
    enum Rescue: String, CaseIterable {
        /// The guardian, where there is one left; nobody types anything.
        case guardian
        /// `vzmigrate --recover`, as often as it takes; the guardian may be quicker.
        case recover
        /// The guardian is killed too, and so is the first `vzmigrate --recover`.
        case killedRecover
    }

    let kind: Kind
    let moment: Moment
    let fault: Fault
    let rescue: Rescue
    /// Which of its appends the first recovery does not survive.
    let deadlyAppend: Int

    /// What an operator chooses where memory that followed will not come, and its original is still there.
    var operatorCommits: Bool { self.deadlyAppend % 2 == 0 }

    /// Whether the container is moved once more after all, as nothing may be in its way.
    var movesAgain: Bool { self.deadlyAppend == 1 }

    var description: String {
        "\(self.kind.rawValue), \(self.moment): \(self.fault), then \(self.rescue.rawValue)"
            + (self.rescue == .killedRecover ? " at its append \(self.deadlyAppend)" : "")
    }
}
