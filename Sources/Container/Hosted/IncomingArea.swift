internal import Glibc
internal import Host
internal import Transfer

/// The private area of an arriving container while it grows, and what this node keeps of it: whose it is, and what it
/// is known to hold. Both outlive an attempt whose area is kept.
package struct IncomingArea: Sendable {
    /// Where it grows: beside the place that it will have.
    package let path: String
    /// The directory of what is known of it, named after the container, whatever its id and place.
    package let record: String

    /// - Parameters:
    ///   - path: absolute.
    ///   - owner: what tells the container from every other; one name of a file.
    ///   - layout: of this node.
    package init(path: String, owner: String, layout: NodeLayout) {
        self.path = path
        self.record = "\(layout.journalDirectory)/areas/\(owner)"
    }

    /// Whether what is at the path, if anything, was received for this container.
    package func isFree() throws(HostingError) -> Bool {
        try HostingError.wrapping(.system) {
            guard try DurableFile.isThere(self.path) else { return true }
            return try self.places().contains(self.path)
        }
    }

    /// Whether there is anything in it, here or where an earlier attempt left it.
    package func holdsAnything() throws(HostingError) -> Bool {
        try HostingError.wrapping(.system) {
            for place in try self.places() where try DurableFile.isThere(place) {
                if try !DurableFile.names(in: place).isEmpty { return true }
            }
            return false
        }
    }

    /// Makes the area, or takes over the one that an earlier attempt left, be it under the name of another id.
    package func claim() throws(HostingError) {
        try HostingError.wrapping(.system) {
            try DurableFile.makeDirectories(self.record, mode: 0o700)
            let earlier = try DurableFile.isThere(self.path) ? nil : self.places().first(where: DurableFile.isThere)
            // Both are ours until the rename is known to be over.
            try self.write(places: [self.path] + (earlier.map { [$0] } ?? []))
            if let earlier { try self.rename(earlier) }
            try DurableFile.makeDirectories(self.path, mode: 0o700)
            try self.write(places: [self.path])
        }
    }

    /// Removes the area, wherever an earlier attempt left it, and all that is known of it.
    package func discard() throws(HostingError) {
        // A file that cannot be read is an error: without it the area would belong to nobody.
        for place in try HostingError.wrapping(.system, self.places) { try AreaRemoval.remove(place) }
        try self.forget()
    }

    /// Forgets what was known: the area has got its final name.
    package func forget() throws(HostingError) { try AreaRemoval.remove(self.record) }

    private func rename(_ earlier: String) throws {
        do throws(FileError) {
            try DurableFile.rename(earlier, to: self.path)
        } catch {
            throw HostingError(
                .system,
                "\(error); \(earlier) was kept for this container: remove it, or move to a place on its file system")
        }
    }

    private var placesPath: String { "\(self.record)/places" }

    /// The paths that are this container's, the wanted one first; none before the first claim.
    private func places() throws(FileError) -> [String] {
        guard try DurableFile.isThere(self.placesPath) else { return [] }
        let bytes = try DurableFile.read(self.placesPath, limit: 64 << 10)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func write(places: [String]) throws(FileError) {
        guard try self.places() != places else { return }
        try DurableFile.write(Array(places.map { $0 + "\n" }.joined().utf8), to: self.placesPath, mode: 0o600)
    }
}

/// Who writes into an incoming area: each process says so in the record, by a lock of its own, while it does.
extension IncomingArea {
    /// Runs the reception of one stream; until it is over `endReceptions` finds this process.
    package func receiving(_ reception: () throws -> Void) throws {
        let path = "\(self.record)/\(getpid())\(Self.lockEnding)"
        let lock = try FileLock(acquiring: path, purpose: "receiving into \(self.path)")
        defer { withExtendedLifetime(lock) { _ = unlink(path) } }
        try reception()
    }

    /// Ends the processes that still receive into the area for a connection that is lost, so that nobody writes there
    /// any more.
    package func endReceptions() throws(HostingError) {
        guard DurableFile.exists(self.record) else { return }
        try HostingError.wrapping(.system) {
            for name in try DurableFile.names(in: self.record) where name.hasSuffix(Self.lockEnding) {
                try self.endReception("\(self.record)/\(name)")
            }
        }
    }

    private func endReception(_ path: String) throws {
        do throws(LockError) {
            // A receiver holds its lock for as long as it lives, and so it is gone if the lock can be had.
            _ = try FileLock(acquiring: path, purpose: "ending a reception")
        } catch .held {
            try Self.end(holderOf: path)
        }
        try DurableFile.remove(path)
    }

    private static func end(holderOf path: String) throws {
        guard let holder = FileLock.holder(of: path) else {
            throw HostingError(.system, "\(path) is held by a process that does not say who it is; try again")
        }
        guard holder.process != getpid(), let process = try HostProcess.holding(holder.process) else { return }
        process.send(SIGKILL)
        guard process.waitUntilGone(.seconds(10)) else { throw HostingError(.system, "\(holder) cannot be ended") }
    }

    private static let lockEnding = ".lck"
}

/// Removes whole directories of ours: private areas, images, state.
package enum AreaRemoval {
    /// Removes the directory and all that is in it, durably. Does nothing if it is not there.
    ///
    /// What is in it is hostile: nothing is followed, no mount is crossed.
    package static func remove(_ path: String) throws(HostingError) {
        guard DurableFile.exists(path) else { return }
        try HostingError.wrapping(.system) {
            let name = path.split(separator: "/").last.map { Array($0.utf8) } ?? []
            let parent = try RootedDirectory(path: Array(DurableFile.parent(of: path).utf8))
            try TreeRemoval.removeTree(below: parent, named: name)
        }
    }
}
