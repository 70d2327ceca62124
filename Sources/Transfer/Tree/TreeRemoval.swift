internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// Removal of what may be a hostile tree: no symlink is followed, no mount crossed, no depth too deep.
package enum TreeRemoval {
    /// Removes `name`, whatever it is, with all below it, and forces that to disk. That it is not there is no error.
    ///
    /// - Parameters:
    ///   - directory: the trusted directory that holds it.
    ///   - name: one name, no path.
    /// - Throws: `mountPoint` when something is mounted inside; what was removed until then stays removed.
    package static func removeTree(
        below directory: borrowing RootedDirectory, named name: [UInt8]
    ) throws(TransferError) {
        try self.remove(below: directory, name, path: name)
        guard fsync(directory.number) == 0 else { throw .system(Errno.last, "fsync", []) }
    }

    /// The same without forcing it to disk; an error says that it was `path`.
    static func remove(
        below directory: borrowing RootedDirectory, _ name: [UInt8], path: [UInt8]
    ) throws(TransferError) {
        guard FileName.isValid(name) else {
            throw TransferError(.limit, path: path, operation: "remove", detail: "not the name of an entry")
        }
        do throws(Errno) {
            guard try self.unlinkEntry(directory.number, name, directory) else { return }
            let top = try directory.directory(at: name)
            try InodeFlags.unlock(top.number)
            try self.empty(try DirectoryHandle(path: [], owning: top.duplicated()), top)
            try self.removeDirectory(directory.number, name)
        } catch { throw .system(error, "remove", path) }
    }

    /// Empties a tree, always at the deepest directory of one branch.
    private static func empty(_ start: DirectoryHandle, _ root: borrowing RootedDirectory) throws(Errno) {
        var levels = [start]
        while let level = levels.last {
            let number = try level.number(root)
            if let name = try self.unlinkFiles(number, root) {
                let child = try DirectoryHandle(name, in: level, root: root)
                try InodeFlags.unlock(try child.number(root))
                levels.append(child)
                if levels.count > DirectoryHandle.openLimit {
                    levels[levels.count - DirectoryHandle.openLimit - 1].release()
                }
                continue
            }
            levels.removeLast()
            if let parent = levels.last {
                try self.removeDirectory(try parent.number(root), TreePath.split(level.path).name)
            }
        }
    }

    /// Unlinks entries until a directory with something in it comes up.
    ///
    /// - Returns: its name, or `nil` when nothing is left.
    private static func unlinkFiles(_ number: Int32, _ root: borrowing RootedDirectory) throws(Errno) -> [UInt8]? {
        var reader = DirectoryReader(number)
        while let block = try reader.next() {
            for name in block where try self.unlinkEntry(number, name, root) { return name }
        }
        return nil
    }

    /// Unlinks one entry, or an empty directory.
    ///
    /// - Returns: true when it is a directory that holds something.
    private static func unlinkEntry(
        _ number: Int32, _ name: [UInt8], _ root: borrowing RootedDirectory
    ) throws(Errno) -> Bool {
        for isRetry in [false, true] {
            if FileName.withCString(name, { unlinkat(number, $0, 0) }) == 0 { return false }
            switch Errno.last {
            case .noSuchFileOrDirectory: return false
            case .isDirectory: return true
            case .notPermitted where !isRetry:
                let status = try FileStatus(below: number, name: name)
                if status.isDirectory { return true }
                let parent = RootedDirectory(owning: try OwnedDescriptor.checked(vz_duplicate(number)))
                try InodeFlags.unlock(parent.number)
                try InodeFlags.unlock(entry: try parent.entry(at: name))
            case let code: throw code
            }
        }
        return false
    }

    private static func removeDirectory(_ number: Int32, _ name: [UInt8]) throws(Errno) {
        guard FileName.withCString(name, { unlinkat(number, $0, AT_REMOVEDIR) }) != 0 else { return }
        let code = Errno.last
        if code != .noSuchFileOrDirectory { throw code }
    }
}
