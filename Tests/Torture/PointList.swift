internal import LabSupport
internal import TestSupport

/// The points in the order in which they are tried.
struct PointList {
    /// The events of an undisturbed migration, in order.
    typealias Events = [Point.Kind: [Node: [String]]]

    private let events: Events
    private var generator: SeededGenerator
    /// Every event with every fault, in an order that goes round the faults: a part of it samples all of them.
    private(set) var exhaustive: [Point] = []

    init(events: Events, seed: UInt64) {
        self.events = events
        self.generator = SeededGenerator(seed: seed)
        self.exhaustive = self.makeExhaustive()
    }

    private mutating func makeExhaustive() -> [Point] {
        var classes = Fault.everywhere.flatMap { fault in Point.Kind.allCases.map { (fault, $0) } }
            .map { fault, kind in self.moments(of: kind).map { self.point(kind, $0, fault) } }
        classes += Self.liveKinds.flatMap { kind in Self.programs.map { (kind, $0) } }
            .map { kind, fault in self.programMoments(of: fault).map { self.point(kind, $0, fault) } }
        classes += Fault.ofPages.map { fault in self.pageMoments.map { self.point(.lazy, $0, fault) } }
        for index in classes.indices { classes[index].shuffle(using: &self.generator) }
        classes.shuffle(using: &self.generator)
        let longest = classes.map(\.count).max() ?? 0
        return (0..<longest).flatMap { row in classes.compactMap { $0.dropFirst(row).first } }
    }

    /// A point that is on no list: anything, at any instant.
    mutating func random() -> Point {
        let kind = Point.Kind.allCases.randomElement(using: &self.generator) ?? .live
        let isOfProgram = kind.isLive && Int.random(in: 0..<4, using: &self.generator) == 0
        let fault = (isOfProgram ? Self.programs : Fault.everywhere).randomElement(using: &self.generator)
        let isAtEvent = !isOfProgram && Bool.random(using: &self.generator)
        let moments = isAtEvent ? self.moments(of: kind) : [self.anyInstant(of: fault)]
        return self.point(
            kind, moments.randomElement(using: &self.generator) ?? self.anyInstant(of: fault),
            fault ?? .kill([.worker]))
    }

    private mutating func anyInstant(of fault: Fault?) -> Point.Moment {
        let milliseconds = Int.random(in: 0..<1500, using: &self.generator)
        return switch fault {
        case .killPrograms(["runc"], let node): .next("runc", on: node, milliseconds: milliseconds)
        case .killPrograms(_, let node): .into("criu", on: node, milliseconds: milliseconds / 10)
        default: .instant(milliseconds: milliseconds)
        }
    }

    private func moments(of kind: Point.Kind) -> [Point.Moment] {
        [Node.node1, .node2].flatMap { node in
            (self.events[kind]?[node] ?? []).enumerated().flatMap { number, event in
                [AppendStop.Place.before, .after].map { .append(number + 1, of: event, on: node, $0) }
            }
        }
    }

    private static let liveKinds = Point.Kind.allCases.filter(\.isLive)

    /// While whoever has the pages stands still, not all of them have come: then there is who brings them.
    private var pageMoments: [Point.Moment] {
        self.moments(of: .lazy).filter { moment in
            guard case .append(_, let event, .node1, _) = moment else { return false }
            return Self.eventsWithPages.contains(event)
        }
    }

    private static let eventsWithPages: Set = [
        "destination.prepared", "decideCommit.intent", "commit.decided", "deliverCommit.intent",
        "destination.confirmed", "servePages.intent",
    ]

    /// The programs that hold a live container in their hands.
    private static let programs: [Fault] = [Node.node1, .node2].flatMap { node in
        [["runc"], ["criu"], ["runc", "criu"]].map { .killPrograms($0, on: node) }
    }

    private mutating func programMoments(of fault: Fault) -> [Point.Moment] {
        (0..<8).map { _ in self.anyInstant(of: fault) }
    }

    private mutating func point(_ kind: Point.Kind, _ moment: Point.Moment, _ fault: Fault) -> Point {
        Point(
            kind: kind, moment: moment, fault: fault,
            rescue: Point.Rescue.allCases.randomElement(using: &self.generator) ?? .guardian,
            deadlyAppend: Int.random(in: 1...4, using: &self.generator))
    }
}
