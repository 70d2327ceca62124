internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import SystemPackage

/// One address space of a restored container that waits for pages, and the userfaultfd by which it gets them.
final class AddressSpace: @unchecked Sendable {
    // It is part of a memory behind a lock; without the lock only the number of its descriptor is read.
    /// The process that it was dumped of, also where it belongs to a child now.
    let process: UInt32
    let faults: OwnedDescriptor
    /// By which the guard knows it.
    let ticket: UInt32
    var awaited: AwaitedPages
    /// Where a thread waits for a page that never had content.
    var blanks: [UInt64] = []

    init(_ process: UInt32, _ faults: consuming OwnedDescriptor, ticket: UInt32, _ awaited: AwaitedPages) {
        self.ticket = ticket
        self.process = process
        self.faults = faults
        self.awaited = awaited
    }
}

/// The memory of a restored container that still waits for pages. Used by one thread at a time.
struct AwaitingMemory {
    private(set) var spaces: [AddressSpace] = []
    private var placed: UInt64 = 0
    private var dropped: UInt64 = 0
    /// At so many it is looked who has ended.
    private var crowd = 64

    /// A page that a thread waits for.
    struct Urgent: Hashable {
        let process: UInt32
        /// At the source.
        let address: UInt64
    }

    /// Whether a thread waits for what could not be done at once.
    var owesBlanks: Bool { self.spaces.contains { !$0.blanks.isEmpty } }
    var isComplete: Bool { self.spaces.allSatisfy(\.awaited.isEmpty) }
    var served: PostCopyResult {
        PostCopyResult(placed: self.placed / PageRanges.pageSize, dropped: self.dropped / PageRanges.pageSize)
    }

    mutating func add(_ space: AddressSpace) { self.spaces.append(space) }

    /// Takes out those that await nothing any more, also because their process is gone: nobody need hear of them.
    mutating func takeComplete() -> [AddressSpace] {
        let complete = self.spaces.filter { $0.awaited.isEmpty && $0.blanks.isEmpty }
        if !complete.isEmpty { self.spaces.removeAll { $0.awaited.isEmpty && $0.blanks.isEmpty } }
        return complete
    }

    /// What is awaited of each process, as the source numbers and places it.
    func awaited() -> [(process: UInt32, ranges: PageRanges)] {
        Dictionary(grouping: self.spaces, by: \.process).map { process, spaces in
            let ranges = spaces.flatMap(\.awaited.pieces).map { $0.there..<$0.there + $0.size }
            return (process, PageRanges(merging: ranges))
        }
    }

    /// Reads all that an address space reports, and does what needs no page of the source.
    ///
    /// - Parameters:
    ///   - space: one of `spaces`.
    ///   - onChild: takes the descriptor of a child's address space before anybody can be hurt by its loss, and gives
    ///     its ticket.
    /// - Returns: what its threads wait for.
    /// - Throws: where the kernel reports what is not known, or refuses an answer.
    mutating func hear(
        _ space: AddressSpace, onChild: (Int32) throws(TransferError) -> UInt32
    ) throws(TransferError) -> [Urgent] {
        var urgent: [Urgent] = []
        var fault = vz_fault()
        while true {
            let count = vz_next_fault(space.faults.number, &fault)
            guard count >= 0 else { throw .system(Errno.last, "read a page fault", []) }
            guard count > 0 else { break }
            let range = fault.start..<fault.start + fault.length
            switch UInt32(fault.kind) {
            case VZ_FAULT_PAGE.rawValue:
                let page = fault.start & ~(PageRanges.pageSize - 1)
                if let original = space.awaited.original(of: page) {
                    urgent.append(Urgent(process: space.process, address: original))
                } else {
                    space.blanks.append(page)
                }
            case VZ_FAULT_FORK.rawValue:
                let child = OwnedDescriptor(owning: fault.descriptor)
                let ticket = try onChild(child.number)
                self.spaces.append(AddressSpace(space.process, child, ticket: ticket, space.awaited))
            case VZ_FAULT_MOVE.rawValue: space.awaited.move(range, to: fault.target)
            case VZ_FAULT_REMOVE.rawValue, VZ_FAULT_UNMAP.rawValue: self.drop(space) { $0.remove(range) }
            default: throw TransferError(.undecodable, operation: "read a page fault", detail: "\(fault.kind)")
            }
        }
        try self.fillBlanks(of: space)
        if self.spaces.count > self.crowd { self.dropEnded() }
        return urgent
    }

    /// Nothing tells that a process has ended, and one that forks all the time leaves many behind.
    private mutating func dropEnded() {
        for space in self.spaces where Self.hasEnded(space) { self.drop(space) { $0 = AwaitedPages([]) } }
        self.crowd = max(64, 2 * self.spaces.count { !$0.awaited.isEmpty })
    }

    /// A page that is not awaited is zeros, if it is anything: so asking for that changes nothing.
    private static func hasEnded(_ space: AddressSpace) -> Bool {
        // The lowest that a process can have, as a rule. See: vm.mmap_min_addr in the kernel's admin guide.
        let start: UInt64 = 1 << 16
        let free = sequence(first: start) { $0 + PageRanges.pageSize }.first { space.awaited.original(of: $0) == nil }
        guard let free else { return false }
        return vz_place_zeros(space.faults.number, free, PageRanges.pageSize) < 0 && Errno.last == .noSuchProcess
    }

    /// Gives pages of the source to every address space that awaits them.
    ///
    /// - Returns: what threads wait for, and whether all was placed: an address space that has something to report all
    ///   the time takes its time, in which others have to be heard.
    mutating func place(
        _ process: UInt32, _ address: UInt64, _ bytes: UnsafeRawBufferPointer,
        onChild: (Int32) throws(TransferError) -> UInt32
    ) throws(TransferError) -> (urgent: [Urgent], isDone: Bool) {
        let range = address..<address + UInt64(bytes.count)
        var (urgent, index, refusals): ([Urgent], Int, Int) = ([], 0, 0)
        // A child may come to be while its parent is served.
        while index < self.spaces.count {
            let space = self.spaces[index]
            while space.process == process, let piece = space.awaited.pieces(of: range).first {
                let isReady = try self.place(piece, of: space, from: bytes, at: address)
                guard !isReady else { continue }
                refusals += 1
                guard refusals < 32 else { return (urgent, false) }
                urgent += try self.hear(space, onChild: onChild)
            }
            index += 1
        }
        return (urgent, true)
    }

    /// Whether any address space still awaits that page.
    func awaits(_ page: Urgent) -> Bool {
        let range = page.address..<page.address + PageRanges.pageSize
        return self.spaces.contains { $0.process == page.process && !$0.awaited.pieces(of: range).isEmpty }
    }

    /// - Returns: false where the space has something to report first.
    private mutating func place(
        _ piece: AwaitedPages.Piece, of space: AddressSpace, from bytes: UnsafeRawBufferPointer, at address: UInt64
    ) throws(TransferError) -> Bool {
        let content = bytes.baseAddress?.advanced(by: Int(piece.there - address))
        var size = piece.size
        var count = vz_place_pages(space.faults.number, piece.here, content, size)
        // A range has to be within one mapping; where that ends only the kernel knows.
        while count < 0, Errno.last == .noSuchFileOrDirectory, size > PageRanges.pageSize {
            size = max(PageRanges.pageSize, size / 2 & ~(PageRanges.pageSize - 1))
            count = vz_place_pages(space.faults.number, piece.here, content, size)
        }
        if count > 0 {
            space.awaited.remove(original: piece.there..<piece.there + UInt64(count))
            self.placed += UInt64(count)
            return true
        }
        let page = piece.there..<piece.there + PageRanges.pageSize
        switch Errno.last {
        // ENOMEM: the container has no memory left just now, and may get some by giving up something else.
        case .resourceTemporarilyUnavailable, .noMemory: return false
        case .fileExists:
            // It was written over before it came.
            vz_wake_faults(space.faults.number, piece.here, PageRanges.pageSize)
            self.drop(space) { $0.remove(original: page) }
        // A child has not got what its parent keeps from it. See: MADV_DONTFORK in 'man 2 madvise'.
        case .noSuchFileOrDirectory: self.drop(space) { $0.remove(original: page) }
        case .noSuchProcess: self.drop(space) { $0 = AwaitedPages([]) }
        case let code: throw .system(code, "place pages of process \(space.process)", [])
        }
        return true
    }

    private mutating func drop(_ space: AddressSpace, _ removal: (inout AwaitedPages) -> Void) {
        let before = space.awaited.size
        removal(&space.awaited)
        self.dropped += before - space.awaited.size
    }

    private func fillBlanks(of space: AddressSpace) throws(TransferError) {
        let blanks = space.blanks
        space.blanks = []
        // Pages that were moved there meanwhile are awaited, and come.
        for page in blanks where space.awaited.original(of: page) == nil {
            guard vz_place_zeros(space.faults.number, page, PageRanges.pageSize) < 0 else { continue }
            switch Errno.last {
            // The kernel's reports come first; then this is tried again.
            case .resourceTemporarilyUnavailable: space.blanks.append(page)
            case .fileExists, .noSuchFileOrDirectory:
                vz_wake_faults(space.faults.number, page, PageRanges.pageSize)
            case .noSuchProcess: break
            case let code: throw .system(code, "place a page of zeros in process \(space.process)", [])
            }
        }
    }
}
