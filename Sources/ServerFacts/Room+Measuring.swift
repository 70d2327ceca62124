package import AgentProtocol
internal import CLinux
internal import Glibc
internal import HostAccess
internal import SystemPackage

extension Room {
    /// What is free on the file system that a path is on, or will be on: that of the first folder above it that exists.
    package init(freeAt path: String) throws {
        var place = path
        while !DurableFile.exists(place), place.count > 1 { place = DurableFile.parent(of: place) }
        var status = statvfs()
        guard statvfs(place, &status) == 0 else { throw FileError("look at the file system of", place, errno: errno) }
        self.init(
            bytes: UInt64(status.f_bavail) * UInt64(status.f_frsize),
            // btrfs and others make inodes as they go.
            inodes: status.f_files == 0 ? nil : UInt64(status.f_favail))
    }

    /// What a tree has on disk. A file with several names counts for each with its part; a hole does not count.
    ///
    /// The tree is hostile: nothing is followed, no mount is crossed. What vanishes meanwhile does not count.
    ///
    /// - Parameter path: absolute; a tree that is not there has nothing.
    /// - Throws: `Errno` for a directory that cannot be read.
    package init(usedBy path: String) throws {
        self.init(bytes: 0, inodes: 0)
        guard DurableFile.exists(path) else { return }
        let root = try RootedDirectory(path: Array(path.utf8))
        var (bytes, inodes) = (0.0, 0.0)
        var pending: [[UInt8]] = [[]]
        while let place = pending.popLast() {
            guard let directory = try Self.open(place, below: root) else { continue }
            try directory.forEachName { name in
                guard let status = try? directory.status(of: name) else { return }
                let links = max(1, Double(status.isDirectory ? 1 : status.raw.links))
                bytes += Double(status.raw.blocks) * 512 / links
                inodes += 1 / links
                if status.isDirectory { pending.append(place.isEmpty ? name : place + [UInt8(ascii: "/")] + name) }
            }
        }
        self.init(bytes: UInt64(bytes.rounded(.up)), inodes: UInt64(inodes.rounded(.up)))
    }

    /// `nil` for one that is gone, or is a mount of something else.
    private static func open(
        _ place: [UInt8], below root: borrowing RootedDirectory
    ) throws -> RootedDirectory? {
        do {
            return try root.directory(at: place)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .improperLink, .tooManySymbolicLinkLevels].contains(error) {
                return nil
            }
            throw error
        }
    }
}

/// The memory of this server.
package enum ServerMemory {
    /// In bytes: what programs may have without swapping. See: 'man 5 proc_meminfo', MemAvailable.
    package static func available() throws -> UInt64 {
        let text = String(decoding: try DurableFile.read("/proc/meminfo", limit: 1 << 20), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) }) else {
            throw FileError("find MemAvailable in", "/proc/meminfo", errno: EINVAL)
        }
        return kibibytes << 10
    }
}
