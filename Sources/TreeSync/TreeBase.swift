internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
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
