internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// The directories from the root to where the receiver works now.
final class ReceiverTrail {
    /// An open directory, and a name in it.
    struct Place: ~Copyable {
        let directory: RootedDirectory
        let name: [UInt8]
    }

    let root: RootedDirectory
    private var levels: [AppliedDirectory]

    init(root: borrowing RootedDirectory) throws(TransferError) {
        do throws(Errno) {
            self.root = try root.duplicated()
            self.levels = [AppliedDirectory(try DirectoryHandle(path: [], owning: root.duplicated()))]
        } catch { throw .system(error, "open of the root", []) }
    }

    /// Goes to the directory `path`, leaving those that are done with.
    func enter(_ path: [UInt8]) throws(TransferError) -> AppliedDirectory {
        while let level = self.levels.last, level.handle.path != path, !TreePath.isBelow(path, level.handle.path) {
            try level.leave(self.root)
            self.levels.removeLast()
        }
        while let level = self.levels.last, level.handle.path != path {
            let start = level.handle.path.isEmpty ? 0 : level.handle.path.count + 1
            let name = Array(path[start...].prefix { $0 != UInt8(ascii: "/") })
            do throws(Errno) {
                let handle = try DirectoryHandle(name, in: level.handle, root: self.root)
                self.levels.append(AppliedDirectory(handle))
            } catch { throw .system(error, "open of a directory", TreePath.join(level.handle.path, name)) }
            if self.levels.count > DirectoryHandle.openLimit {
                self.levels[self.levels.count - DirectoryHandle.openLimit - 1].handle.release()
            }
        }
        guard let level = self.levels.last else { preconditionFailure("the root is never left before the end") }
        return level
    }

    /// Goes to the directory that holds `path` and makes it ready for a change.
    func enterParent(of path: [UInt8]) throws(TransferError) -> Place {
        let (parent, name) = TreePath.split(path)
        let level = try self.enter(parent)
        do throws(Errno) {
            try level.touch(self.root)
            let number = vz_duplicate(try level.handle.number(self.root))
            return Place(directory: RootedDirectory(owning: try OwnedDescriptor.checked(number)), name: name)
        } catch { throw .system(error, "unlocking a directory", parent) }
    }

    /// Leaves everything, the root at last.
    func finish() throws(TransferError) {
        while let level = self.levels.popLast() { try level.leave(self.root) }
    }
}
