internal import CLinux
internal import Glibc
internal import Host

/// A private area that another node may see too, because both have it on the same storage.
///
/// That is found out in two steps. Areas whose `sight` differs are two areas, and nothing was written to know it. Those
/// whose sight is one may still be two: a storage that is copied block by block has the same inodes with the same
/// times. Only a file that one node has just made, and that the other one sees there, proves that they are one.
package struct SharedArea: Sendable {
    private let path: String
    /// The directory that holds it.
    private var directory: String { DurableFile.parent(of: self.path) }

    /// - Parameter path: absolute.
    package init(_ path: String) { self.path = path }

    /// The inode, size and change time of its true config.json, whether a fence stands or not; `nil` where there is no
    /// bundle that could be looked at, which is then no area of an arriving container.
    package var sight: String? {
        guard let name = try? BundleFence.trueConfiguration(area: self.path) else { return nil }
        return Self.sight("\(self.path)/\(name)")
    }

    /// Whether it is a file system of its own, or part of another one than the directory that holds it: then a file
    /// there proves nothing of the area.
    package var isMountPoint: Bool { Self.mount(self.path) != Self.mount(self.directory) }

    /// Makes a file of a random name and content in the directory that holds the area, on the storage when it returns.
    /// After its removal the directory has the times again that it had.
    package func placeProbe() throws(HostingError) -> PlacedProbe {
        let random = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }
        let (name, content) = (".vzmigrate-probe-\(random[0])\(random[1])", random[2] + random[3])
        let (directory, path) = (self.directory, "\(self.directory)/\(name)")
        do {
            let times = try Self.times(directory)
            try Self.create(path, content)
            guard let sight = Self.sight(path) else { throw SystemFailure(ENOENT) }
            return PlacedProbe(name: name, sight: sight, content: content) {
                guard unlink(path) == 0 || errno == ENOENT, utimensat(AT_FDCWD, directory, times, 0) == 0 else {
                    throw HostingError(.system, "\(path) cannot be removed: \(SystemFailure(errno))")
                }
            }
        } catch {
            unlink(path)
            throw HostingError(
                .system, "\(path), which would prove that the storage is shared, cannot be made: \(error)")
        }
    }

    /// Whether a probe of that name is here and is what the other node says of it.
    package func sees(probe name: String, sight: String, content: String) -> Bool {
        let path = "\(self.directory)/\(name)"
        guard !name.contains("/"), !self.isMountPoint, Self.sight(path) == sight else { return false }
        return (try? DurableFile.read(path, limit: 1000)).map { String(decoding: $0, as: UTF8.self) } == content
    }

    private static func create(_ path: String, _ content: String) throws(SystemFailure) {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemFailure(errno) }
        defer { close(number) }
        let bytes = Array(content.utf8)
        guard write(number, bytes, bytes.count) == bytes.count, fsync(number) == 0 else { throw SystemFailure(errno) }
    }

    private static func sight(_ path: String) -> String? {
        guard let status = try? FileStatus(below: AT_FDCWD, name: Array(path.utf8)), status.isRegular else {
            return nil
        }
        let raw = status.raw
        return "\(raw.inode) \(raw.size) \(raw.ctime_s).\(raw.ctime_ns)"
    }

    private static func mount(_ path: String) -> UInt64? {
        (try? FileStatus(below: AT_FDCWD, name: Array(path.utf8)))?.raw.mount
    }

    /// Of access and modification.
    private static func times(_ path: String) throws(SystemFailure) -> [timespec] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemFailure(errno) }
        return [status.st_atim, status.st_mtim]
    }
}

/// A probe that lies there until it is removed.
package struct PlacedProbe: Sendable {
    package let name: String
    package let sight: String
    package let content: String
    /// Removes it.
    package let remove: @Sendable () throws -> Void

    package init(name: String, sight: String, content: String, remove: @escaping @Sendable () throws -> Void) {
        (self.name, self.sight, self.content, self.remove) = (name, sight, content, remove)
    }
}
