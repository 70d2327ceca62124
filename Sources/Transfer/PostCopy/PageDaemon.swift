internal import CLinux
internal import Glibc
internal import HandOver
package import Host
internal import Synchronization
internal import SystemPackage

/// The destination's side of post-copy: answers the page faults of what CRIU restored, until
/// every page is there. A process of its own, because it outlives each connection to the source.
///
/// It takes the place of CRIU's lazy pages daemon, which reads the end of a connection as success, lets a container
/// read zeros when it dies, and waits for the source once for each piece that it asks for.
package final class PageDaemon {
    /// The process that guards: our child, for whom whoever lives on after `run` waits.
    package let guardNumber: Int32
    private let directory: PagesDirectory
    private let inbox: RestoreInbox
    private let restores: OwnedDescriptor
    private let sessions: OwnedDescriptor
    private let bell: OwnedDescriptor
    private var session: PageSession?
    /// What the session was told that threads wait for.
    private var said: Set<AwaitingMemory.Urgent> = []
    /// Whether something is left to be said to it.
    private var owesWords = false

    /// - Parameters:
    ///   - directory: exists, and is nobody else's.
    ///   - images: the directory of what is restored: it says which pages are awaited.
    ///   - guardProgram: starts a `PageGuard` on its standard input.
    /// - Throws: where the images do not say it, or something cannot be made.
    package init(
        in directory: PagesDirectory, images: String, guardProgram: HostProgram
    ) throws {
        self.directory = directory
        var (ends, bell): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard vz_socket_pair(&ends) == 0, vz_socket_pair(&bell) == 0 else { throw SystemFailure(errno) }
        self.bell = OwnedDescriptor(owning: bell[0])
        let theirs = OwnedDescriptor(owning: ends[1])
        self.inbox = RestoreInbox(
            awaiting: try Self.awaited(in: images), guardEnd: OwnedDescriptor(owning: ends[0]),
            ringer: OwnedDescriptor(owning: bell[1]))
        self.guardNumber = try guardProgram.detach(input: theirs)
        self.restores = try directory.listening(PagesDirectory.restoreSocket, isStream: true)
        self.sessions = try directory.listening(PagesDirectory.sessionSocket, isStream: false)
    }

    /// Works until all pages are there, or one can never come, or it is told to end.
    ///
    /// - Parameter end: ends the container for good.
    /// - Returns: whether it ended in good order.
    package func run(end: () -> Void) -> Bool {
        let outcome: Result<PostCopyResult?, any Error>
        do { outcome = .success(try self.work()) } catch { outcome = .failure(error) }
        do {
            switch outcome {
            case .success(let served?):
                // Recorded before anybody hears of it, so that a later question finds it too.
                try self.directory.record(served)
                self.inbox.dismissGuard()
                self.session?.finish(.success(served))
            case .success(nil): self.inbox.dismissGuard()
            case .failure(let error):
                if self.inbox.hasHeld { end() }
                try self.directory.record(loss: "\(error)")
                self.session?.finish(.failure(error as? TransferError ?? TransferError(.system, operation: "\(error)")))
            }
        } catch {
            return false
        }
        self.session?.close()
        return (try? outcome.get()) != nil
    }

    /// - Returns: `nil` where it was told to end.
    private func work() throws -> PostCopyResult? {
        while true {
            if let session, session.hasEnded { self.drop(session) }
            // Before it is over, mappings are still being made, and only what is touched may be placed.
            if self.inbox.isRestored { self.session?.ask(for: self.inbox.awaited()) }
            if let served = try self.inbox.servedPages() { return served }
            var spaces = self.inbox.spaces()
            var set = [self.restores.number, self.sessions.number, self.inbox.guardNumber, self.bell.number]
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if let number = self.session?.waitsForRoom {
                set.append(pollfd(fd: number, events: Int16(POLLOUT), revents: 0))
            }
            let first = set.count
            set += spaces.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
            _ = poll(&set, nfds_t(set.count), self.inbox.owesBlanks || self.owesWords ? 1 : -1)
            if set[2].revents != 0 { throw TransferError(.system, operation: "the guard of its pages was killed") }
            if set[0].revents != 0 { try self.acceptRestore() }
            if set[1].revents != 0, try !self.acceptSession() { return nil }
            if set[3].revents != 0 {
                var byte: UInt8 = 0
                _ = read(self.bell.number, &byte, 1)
            }
            self.session?.speak()
            spaces = zip(spaces, set[first...]).filter { $1.revents != 0 || self.inbox.owesBlanks }.map(\.0)
            try self.inbox.hear(spaces)
            self.speak()
        }
    }

    /// Says what threads wait for, as far as there is room for it; the rest soon.
    private func speak() {
        guard let session else { return }
        let urgent = self.inbox.urgent()
        self.said.formIntersection(urgent)
        for page in urgent where !self.said.contains(page) {
            guard session.ask(urgently: page) else { return self.owesWords = true }
            self.said.insert(page)
        }
        self.owesWords = false
    }

    private func acceptRestore() throws {
        let number = accept(self.restores.number, nil, nil)
        guard number >= 0 else { return }
        let inbox = self.inbox
        inbox.takeRestore(OwnedDescriptor(owning: number))
        // It ends with the restore, which is soon, or with this process.
        _ = try CompanionThread("restore") { inbox.receive() }
    }

    /// - Returns: false where we are told to end.
    private func acceptSession() throws -> Bool {
        let number = accept(self.sessions.number, nil, nil)
        guard number >= 0 else { return true }
        let broker = OwnedDescriptor(owning: number)
        var found: [Int32] = []
        while found.count < 2 {
            var (word, descriptor): (UInt8, Int32) = (0, -1)
            let hasCome = vz_wait_ready(broker.number, 0, 1000) > 0
            let count = hasCome ? vz_receive_descriptor(broker.number, &word, 1, &descriptor) : 0
            if count == 1, word == PagesDirectory.SessionWord.end.rawValue { return false }
            guard count == 1, descriptor >= 0 else {
                for descriptor in found { close(descriptor) }
                return true
            }
            found.append(descriptor)
        }
        try self.begin(
            PageSession(
                input: OwnedDescriptor(owning: found[0]), output: OwnedDescriptor(owning: found[1]), broker: broker))
        return true
    }

    /// A source that comes again has lost its former connection, even if nobody here has noticed.
    private func begin(_ session: PageSession) throws {
        if let former = self.session { self.drop(former) }
        (self.session, self.said) = (session, [])
        let inbox = self.inbox
        try session.start { process, address, bytes throws(TransferError) in
            try inbox.place(process, address, bytes)
        } onEnd: {
            inbox.ring()
        }
    }

    private func drop(_ session: PageSession) {
        session.close()
        self.session = nil
    }

    private static func awaited(in images: String) throws -> [UInt32: [Range<UInt64>]] {
        var awaited: [UInt32: [Range<UInt64>]] = [:]
        for name in try DurableFile.names(in: images) {
            guard let process = PagemapImage.process(ofImage: name) else { continue }
            let image = try PagemapImage(parsing: DurableFile.read("\(images)/\(name)", limit: PagemapImage.sizeLimit))
            awaited[process] = image.runs.filter { $0.place == .process }.map { $0.address..<$0.end }
        }
        return awaited
    }
}

/// Holds a second reference to what the page daemon answers page faults by, in a process of its own: while it does, the
/// daemon's death lets the container's threads wait, and not read zeros. It then ends the container.
package enum PageGuard {
    /// What the daemon says to it, one byte each.
    enum Word: UInt8 {
        /// With a descriptor, which is held from now on.
        case hold = 1
        /// All pages are there.
        case done = 2
        /// With the number of one that was to be held, in four bytes, from 0 on: all pages of that one are there.
        case release = 3
    }

    /// Guards until the daemon says that it is done, or is gone.
    ///
    /// - Parameters:
    ///   - input: the daemon's end of a connection that keeps messages apart.
    ///   - end: ends the container for good.
    /// - Returns: whether all pages are there; `end` has been called otherwise.
    package static func run(input: Int32, end: () -> Void) -> Bool {
        var held: [UInt32: Int32] = [:]
        var tickets: UInt32 = 0
        defer { for descriptor in held.values { close(descriptor) } }
        while true {
            var (message, descriptor): ([UInt8], Int32) = ([0, 0, 0, 0, 0], -1)
            let count = vz_receive_descriptor(input, &message, 5, &descriptor)
            switch Word(rawValue: message[0]) {
            case .hold where count == 1 && descriptor >= 0:
                held[tickets] = descriptor
                tickets += 1
            case .release where count == 5:
                let ticket = message[1...].reversed().reduce(0) { $0 << 8 | UInt32($1) }
                if let descriptor = held.removeValue(forKey: ticket) { close(descriptor) }
            case .done where count == 1: return true
            case .hold, .release, .done, nil:
                // Without an address space there is nothing to be read, and nobody of ours to end.
                if tickets > 0 { end() }
                return tickets == 0
            }
        }
    }
}
