internal import CLinux
internal import Glibc
internal import Host

/// What of a running container cannot be restored on one node while its frozen original is held on another one over the
/// same files, and be taken back.
///
/// Everything else can. CRIU opens the files that are open, and truncates none; nothing of the restored processes runs
/// before the hand-over, so nothing writes. Of a file that was deleted while it is open CRIU makes a file of its own
/// beside the name that it had (`NAME.cr.1.ghost`), which it removes as soon as it is open: the original keeps the
/// inode that it has. Files that were deleted under one of several names, for which CRIU would make a link during the
/// dump, fail the dump, because it is not told to (`CriuConfiguration.linkRemap`).
package struct SharedFileObstacles: Sendable {
    private let freezer: ContainerFreezer
    private let initPid: Int32
    private let device: dev_t

    /// - Parameters:
    ///   - freezer: knows the container's processes.
    ///   - initPid: its first one, as this server numbers it.
    ///   - area: the path of its private area.
    package init(freezer: ContainerFreezer, initPid: Int32, area: String) {
        var status = stat()
        // An area that is gone is found by everybody else; nothing is on its device then.
        stat(area, &status)
        (self.freezer, self.initPid, self.device) = (freezer, initPid, status.st_dev)
    }

    /// A sentence each.
    package func find() throws(FreezerError) -> [String] {
        var found = try self.sockets()
        for pid in try self.freezer.processes().sorted() { found += try self.locks(of: pid) }
        return found
    }

    /// CRIU binds a socket to its path anew, over the file that is there: after a roll-back nobody would find the
    /// original's any more.
    private func sockets() throws(FreezerError) -> [String] {
        let table = "/proc/\(self.initPid)/net/unix"
        let text: String
        do throws(SystemFailure) { text = try SmallFile.text(table, bound: 64 << 20) } catch {
            throw FreezerError(path: table, problem: "cannot be read: \(error)")
        }
        let paths = text.split(separator: "\n").dropFirst().compactMap { line -> Substring? in
            let words = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
            // Abstract names are of no file system.
            return words.count == 8 && !words[7].hasPrefix("@") ? words[7] : nil
        }
        return Set(paths).sorted().filter(self.isSocketInArea).map {
            "the UNIX socket \($0) is bound in the private area, which is shared; bind it on a tmpfs, by its whole path"
        }
    }

    /// Where a relative name leads is not known, and what is not known to be elsewhere is taken to be in the area.
    private func isSocketInArea(_ path: Substring) -> Bool {
        guard path.hasPrefix("/") else { return true }
        let root = open("/proc/\(self.initPid)/root", vz_o_path | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { return true }
        defer { close(root) }
        let socket = vz_look_in_root(root, String(path))
        // One whose file was removed is bound beside whatever has its name, and that gets it back.
        guard socket >= 0 else { return errno != ENOENT }
        defer { close(socket) }
        var status = stat()
        guard fstat(socket, &status) == 0 else { return true }
        return status.st_mode & S_IFMT == S_IFSOCK && status.st_dev == self.device
    }

    /// The original keeps its locks, and whoever restores it cannot have them too.
    private func locks(of pid: Int32) throws(FreezerError) -> [String] {
        try ProcessStatus.descriptors(of: pid).compactMap { name in
            guard let text = try? SmallFile.text("/proc/\(pid)/fdinfo/\(name)"),
                text.split(separator: "\n").contains(where: { $0.hasPrefix("lock:") }),
                self.isInArea("/proc/\(pid)/fd/\(name)")
            else { return nil }
            return "process \(pid) holds a lock on a file of the private area, which is shared (descriptor \(name))"
        }
    }

    private func isInArea(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_dev == self.device
    }
}
