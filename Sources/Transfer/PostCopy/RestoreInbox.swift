internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import Synchronization
internal import SystemPackage

/// What a restore, the connections to the source and the page faults have in common: the awaiting memory, and the guard
/// that holds on to every address space of it.
final class RestoreInbox: Sendable {
    /// LAZY_PAGES_RESTORE_FINISHED in CRIU's include/uffd.h.
    private static let restored: UInt32 = 0x5253_5446

    private let awaiting: [UInt32: [Range<UInt64>]]
    private let guardEnd: OwnedDescriptor
    private let ringer: OwnedDescriptor
    private let state = Mutex(State())

    private struct State {
        var memory = AwaitingMemory()
        var isRestored = false
        var tickets: UInt32 = 0
        var urgent: [AwaitingMemory.Urgent] = []
        var failure: TransferError?
        var restore: Int32 = -1
    }

    /// An address space as the loop polls it.
    struct Space {
        /// Its descriptor lasts as long as this.
        fileprivate let space: AddressSpace

        var number: Int32 { self.space.faults.number }
    }

    /// - Parameters:
    ///   - awaiting: which pages each process awaits.
    ///   - guardEnd: of the connection to the guard.
    ///   - ringer: what is written to it wakes the loop.
    init(
        awaiting: [UInt32: [Range<UInt64>]], guardEnd: consuming OwnedDescriptor, ringer: consuming OwnedDescriptor
    ) {
        self.awaiting = awaiting
        self.guardEnd = guardEnd
        self.ringer = ringer
    }

    var guardNumber: Int32 { self.guardEnd.number }
    var owesBlanks: Bool { self.state.withLock { $0.memory.owesBlanks } }

    func ring() { _ = vz_send_descriptor(self.ringer.number, 1, -1) }

    /// All pages are there: the guard lets go, and this returns when it has.
    func dismissGuard() {
        guard vz_send_descriptor(self.guardEnd.number, PageGuard.Word.done.rawValue, -1) == 0 else { return }
        var (word, descriptor): (UInt8, Int32) = (0, -1)
        while vz_receive_descriptor(self.guardEnd.number, &word, 1, &descriptor) > 0 {}
    }

    /// What came of it, once the restore is over and every page there; `nil` before.
    func servedPages() throws(TransferError) -> PostCopyResult? {
        try self.state.withLock { state throws(TransferError) in
            if let failure = state.failure { throw failure }
            return state.isRestored && state.memory.isComplete && !state.memory.owesBlanks ? state.memory.served : nil
        }
    }

    /// Whether an address space ever came.
    var hasHeld: Bool { self.state.withLock { $0.tickets > 0 } }
    /// Whether the restore has said that it is done.
    var isRestored: Bool { self.state.withLock(\.isRestored) }

    func spaces() -> [Space] {
        self.state.withLock { state in
            // During the restore even one that awaits nothing is still being made.
            if state.isRestored {
                for space in state.memory.takeComplete() { self.release(space) }
            }
            return state.memory.spaces.map { Space(space: $0) }
        }
    }

    /// Hears what address spaces have to report.
    func hear(_ spaces: [Space]) throws(TransferError) {
        try self.state.withLock { state throws(TransferError) in
            for space in spaces {
                let urgent = try state.memory.hear(space.space) { child throws(TransferError) in
                    try self.hold(child, &state.tickets)
                }
                state.urgent += urgent
            }
        }
    }

    /// What threads wait for, in the order in which they began to.
    func urgent() -> [AwaitingMemory.Urgent] {
        self.state.withLock { state in
            let memory = state.memory
            state.urgent.removeAll { !memory.awaits($0) }
            return state.urgent
        }
    }

    /// What is awaited now, as the source numbers and places it.
    func awaited() -> [(process: UInt32, ranges: [Range<UInt64>])] {
        self.state.withLock { state in state.memory.awaited().map { ($0.process, $0.ranges.ascending) } }
    }

    /// Takes pages of the source; what cannot be placed fails the daemon and not the connection.
    func place(_ process: UInt32, _ address: UInt64, _ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        guard self.awaiting[process] != nil else {
            throw TransferError(.undecodable, operation: "place pages of process \(process), which was not restored")
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while try !self.tryToPlace(process, address, bytes) {
            guard ContinuousClock.now < deadline else {
                let failure = TransferError(.limit, operation: "place pages of process \(process)")
                self.state.withLock { $0.failure = $0.failure ?? failure }
                self.ring()
                throw failure
            }
            usleep(200)
        }
    }

    /// - Returns: false where it has to be tried again, after others had their turn.
    private func tryToPlace(
        _ process: UInt32, _ address: UInt64, _ bytes: UnsafeRawBufferPointer
    ) throws(TransferError) -> Bool {
        let outcome: Result<Bool, TransferError> = self.state.withLock { state in
            // Those of a process that has ended since are nobody's; before the end of the restore there is none such.
            guard state.isRestored || state.memory.spaces.contains(where: { $0.process == process }) else {
                return .failure(
                    TransferError(.undecodable, operation: "place pages of process \(process), which is not here yet"))
            }
            do throws(TransferError) {
                let (urgent, isDone) = try state.memory.place(process, address, bytes) { child throws(TransferError) in
                    try self.hold(child, &state.tickets)
                }
                state.urgent += urgent
                if !urgent.isEmpty || state.isRestored && state.memory.isComplete { self.ring() }
                return .success(isDone)
            } catch {
                state.failure = state.failure ?? error
                self.ring()
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    // MARK: - The restore

    func takeRestore(_ connection: consuming OwnedDescriptor) {
        let number = dup(connection.number)
        self.state.withLock { $0.restore = number }
    }

    /// Receives the address spaces that the restore makes, until it says that it is done.
    func receive() {
        let connection = self.state.withLock { $0.restore }
        defer {
            close(connection)
            self.ring()
        }
        while let word = Self.word(from: connection) {
            if word == Self.restored { return self.state.withLock { $0.isRestored = true } }
            // A zombie has no memory.
            guard Int32(bitPattern: word) > 0 else { continue }
            guard let space = self.space(of: word, from: connection) else { return }
            self.state.withLock { state in
                let faults = OwnedDescriptor(owning: space)
                do throws(TransferError) {
                    let ticket = try self.hold(faults.number, &state.tickets)
                    let awaited = AwaitedPages(self.awaiting[word] ?? [])
                    state.memory.add(AddressSpace(word, faults, ticket: ticket, awaited))
                } catch {
                    state.failure = error
                }
            }
            self.ring()
        }
    }

    private static func word(from connection: Int32) -> UInt32? {
        var word: UInt32 = 0
        let count = recv(connection, &word, 4, Int32(MSG_WAITALL))
        return count == 4 ? word : nil
    }

    private func space(of process: UInt32, from connection: Int32) -> Int32? {
        var (byte, descriptor): (UInt8, Int32) = (0, -1)
        guard vz_receive_descriptor(connection, &byte, 1, &descriptor) > 0, descriptor >= 0 else { return nil }
        return descriptor
    }

    /// Has the guard hold an address space too.
    private func hold(_ descriptor: Int32, _ tickets: inout UInt32) throws(TransferError) -> UInt32 {
        guard vz_send_descriptor(self.guardEnd.number, PageGuard.Word.hold.rawValue, descriptor) == 0 else {
            throw .system(Errno.last, "hand an address space to the guard", [])
        }
        defer { tickets += 1 }
        return tickets
    }

    /// A guard that does not hear it holds it longer than it has to.
    private func release(_ space: AddressSpace) {
        let message =
            [PageGuard.Word.release.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: space.ticket >> ($0 * 8)) }
        _ = send(self.guardEnd.number, message, message.count, Int32(MSG_NOSIGNAL))
    }
}
