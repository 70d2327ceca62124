internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The base of one receiver, and whether it has been used: a mark in the state directory says that nothing more is to
/// be taken from it for this area.
struct TreeBase {
    private let path: [UInt8]
    private let mark: [UInt8]
    private let stateDirectory: [UInt8]

    init(_ path: [UInt8], stateDirectory: [UInt8]) {
        self.path = path
        self.stateDirectory = stateDirectory
        self.mark = TreePath.join(stateDirectory, Array("base.taken".utf8))
    }

    /// True until the base was used up, or given up.
    var isDue: Bool { FileName.withCString(self.mark) { access($0, F_OK) } != 0 }

    /// Copies what the tree below `root` lacks. A base that cannot be used costs the wire, never the migration: the
    /// report says why.
    ///
    /// - Parameters:
    ///   - root: of the incoming area.
    ///   - index: of the incoming area; the log of this copy is left in it.
    ///   - hiding: names in the top directory that are passed over.
    ///   - check: throws `interrupted` where the copy is to end early, and then goes on with the next pass.
    /// - Returns: what was taken, and whether that is all that ever will be: then `setMark` is to be called, once it is
    ///   on disk.
    /// - Throws: what makes a pass impossible as well, such as a cancellation.
    func take(
        into root: borrowing RootedDirectory, _ index: TreeIndex, hiding: [[UInt8]],
        check: @escaping () throws(TransferError) -> Void
    ) throws(TransferError) -> (report: BaseReport, isOver: Bool) {
        let log = try index.writer(.log)
        let maker = try EntryMaker(root: root, log: log)
        var report = BaseReport()
        var isOver = true
        do throws(TransferError) {
            let copy = try BaseCopy(
                of: self.path, with: maker, beside: index.reader(), hiding: hiding,
                spillDirectory: self.stateDirectory, check: check)
            defer { report = copy.report }
            try copy.run()
        } catch {
            if error.reason == .cancelled { throw error }
            isOver = error.reason != .interrupted
            if isOver { report.problem = "\(TransferError.printable(self.path)): \(error)" }
            if Self.isFull(error) {
                report = BaseReport(problem: report.problem)
                try self.empty(root, hiding: hiding)
            }
        }
        try log.flush()
        return (report, isOver)
    }

    /// Durable, so that what a later pass removes is not brought back after a loss of power.
    func setMark() throws(TransferError) {
        try TransferError.wrap("write", self.mark) { () throws(Errno) in
            let file = try OwnedDescriptor.checked(
                FileName.withCString(self.mark) { vz_open_at(AT_FDCWD, $0, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600) })
            guard fsync(file.number) == 0 else { throw Errno.last }
            let parent = try RootedDirectory(path: self.stateDirectory)
            guard fsync(parent.number) == 0 else { throw Errno.last }
        }
    }

    /// Without the base the tree may fit: what the source has no more took its part of the disk.
    private func empty(_ root: borrowing RootedDirectory, hiding: [[UInt8]]) throws(TransferError) {
        let names = try SortedListing(
            root.number, hiding: hiding, spillDirectory: self.stateDirectory, path: [])
        while let name = names.next() { try TreeRemoval.remove(below: root, name, path: name) }
    }

    private static func isFull(_ error: TransferError) -> Bool {
        error.code == ENOSPC || error.code == EDQUOT
    }
}

/// What a receiver took from its base, an older copy of the same tree on its own disk, instead of the wire.
package struct BaseReport: Hashable, Sendable {
    /// Regular files that were copied or cloned.
    package var files: UInt64 = 0
    /// Bytes of their content; holes are none.
    package var bytes: UInt64 = 0
    /// Why the base was given up before its end; empty if it was not. What had been taken by then stays, but after a
    /// full disk.
    package var problem = ""

    /// The longest `problem` that travels, in bytes.
    private static let problemLimit = 4096

    /// The form of the wire.
    func encode(into bytes: inout MessageBytes) {
        bytes.add(self.files)
        bytes.add(self.bytes)
        bytes.add(counted: Array(self.problem.utf8.prefix(Self.problemLimit)))
    }

    init(problem: String = "") { self.problem = problem }

    /// `nil` for what `encode` does not write.
    init?(encoded: ArraySlice<UInt8>) {
        guard encoded.count >= 20, encoded.count <= 20 + Self.problemLimit else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.files = number(encoded.prefix(8))
        self.bytes = number(encoded.dropFirst(8).prefix(8))
        let text = encoded.dropFirst(20)
        guard number(encoded.dropFirst(16).prefix(4)) == UInt64(text.count) else { return nil }
        self.problem = String(decoding: text, as: UTF8.self)
    }
}
