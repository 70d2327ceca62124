internal import Glibc
internal import Host

/// Keeps anyone from starting a bundle by hand while another copy of its container may run.
///
/// The true config.json waits beside as `config.json.fenced`; in its place stands one that is the same but for a
/// first hook that always fails, so that `runc run`, `runc create` and `runc restore` end with that program's words
/// under whatever id, while `runc exec` into a running container goes on working (runc keeps its own copy of the
/// configuration).
///
/// Each function may be called again after a crash at any point of it. What they leave is on disk when they return,
/// and the directory's own times are as they were, so that trees compare equal. The true file keeps its inode and
/// times throughout.
package enum BundleFence {
    package static let configuration = "config.json"
    package static let fenced = "config.json.fenced"
    private static let draft = ".config.json.fence"
    /// The first words of the hook's arguments: by them a fence is known.
    private static let mark = ["vzmigrate-agent", "fence"]

    /// Raises the fence. The agent's path is absolute; that the program is missing later does no harm.
    /// - Throws: where there is no readable config.json, or two that are both no fence.
    package static func raise(
        area: String, containerID: String, holder: String, agentPath: String
    ) throws(BundleError) {
        let directory = try FencedDirectory(area)
        switch try self.look(directory) {
        case .raised(let fence, let bytes):
            guard try self.words(fence, directory) != self.mark + [containerID, holder] else { return }
            try self.draft(directory, from: bytes, [containerID, holder], agentPath)
        case .lowered(let bytes):
            try self.draft(directory, from: bytes, [containerID, holder], agentPath)
            try directory.rename(self.configuration, self.fenced)
        case .half(let bytes):
            try self.draft(directory, from: bytes, [containerID, holder], agentPath)
        }
        try directory.rename(self.draft, self.configuration)
        try directory.sync()
    }

    /// The same where only `config.json.fenced` arrived: the fence's own file is written beside it.
    package static func ensureRaisedFromFencedOnly(
        area: String, containerID: String, holder: String, agentPath: String
    ) throws(BundleError) {
        let directory = try FencedDirectory(area)
        if case .lowered = try self.look(directory) {
            throw directory.error(self.fenced, "is missing: the bundle is not fenced")
        }
        try self.raise(area: area, containerID: containerID, holder: holder, agentPath: agentPath)
    }

    /// Puts the true config.json back with one rename. Where no fence stands nothing is done, but that the draft of one
    /// that could not be raised is removed.
    package static func lower(area: String) throws(BundleError) {
        let directory = try FencedDirectory(area)
        if try directory.isLowered(self) {
            guard try directory.remove(self.draft) else { return }
        } else {
            try directory.rename(self.fenced, self.configuration)
        }
        try directory.sync()
    }

    package static func isRaised(area: String) throws(BundleError) -> Bool {
        if case .raised = try self.look(FencedDirectory(area)) { return true }
        return false
    }

    /// Whether the fence of what is at the path was raised by that holder. What stands open, or is no bundle at all,
    /// was not; throws where it cannot be looked at.
    package static func isRaised(area: String, by holder: String) throws(BundleError) -> Bool {
        var status = stat()
        if lstat(area, &status) == 0, status.st_mode & S_IFMT != S_IFDIR { return false }
        let directory = try FencedDirectory(area)
        guard let bytes = try directory.read(self.configuration), let words = try? self.words(bytes, directory) else {
            return false
        }
        return words.starts(with: self.mark) && words.last == holder
    }

    /// The file that holds the container's true configuration now, raised or not, relative to the area.
    package static func trueConfiguration(area: String) throws(BundleError) -> String {
        if case .lowered = try self.look(FencedDirectory(area)) { return self.configuration }
        return self.fenced
    }

    fileprivate enum Standing {
        case lowered([UInt8])
        /// The fence's own file, and the true configuration.
        case raised(fence: [UInt8], aside: [UInt8])
        /// The true configuration is aside and nothing is in its place: a crash between two renames, or a fenced
        /// arrival.
        case half([UInt8])
    }

    fileprivate static func look(_ directory: borrowing FencedDirectory) throws(BundleError) -> Standing {
        let current = try directory.read(self.configuration)
        guard let aside = try directory.read(self.fenced) else {
            guard let current else { throw directory.error(self.configuration, "is missing: this is no bundle") }
            guard try !self.isFence(current, directory) else {
                throw directory.error(
                    self.fenced, "is missing, but config.json is a fence; restore config.json from a backup")
            }
            return .lowered(current)
        }
        guard let current else { return .half(aside) }
        guard try self.isFence(current, directory) else {
            throw directory.error(
                self.configuration,
                "is not the fence that belongs beside \(self.fenced): both look like true configurations;"
                    + " remove the one that is wrong")
        }
        return .raised(fence: current, aside: aside)
    }

    private static func isFence(_ bytes: [UInt8], _ directory: borrowing FencedDirectory) throws(BundleError) -> Bool {
        try self.words(bytes, directory).starts(with: self.mark)
    }

    /// The arguments of the first hook: a fence's mark, the container, and who holds it.
    private static func words(
        _ bytes: [UInt8], _ directory: borrowing FencedDirectory
    ) throws(BundleError) -> [String] {
        let document = try BundleSpecification(bundle: directory.path, bytes: bytes).document
        let hook = document["hooks"]?["createRuntime"]?.elements?.first
        return (hook?["args"]?.elements ?? []).compactMap(\.text)
    }

    private static func draft(
        _ directory: borrowing FencedDirectory, from bytes: [UInt8], _ words: [String], _ agentPath: String
    ) throws(BundleError) {
        var fence = try BundleSpecification(bundle: directory.path, bytes: bytes)
        fence.addCreateRuntimeHook(path: agentPath, arguments: self.mark + words)
        fence.moveControlGroupAside()
        try directory.write(self.draft, fence.bytes)
    }
}

/// An open private area; only its top level is touched, and links there are not followed.
private struct FencedDirectory: ~Copyable {
    let path: String
    private let descriptor: Int32
    private let times: (timespec, timespec)

    init(_ path: String) throws(BundleError) {
        self.path = path
        self.descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard self.descriptor >= 0 else {
            let hint = errno == ENOTDIR ? "; it has to be a directory itself, and no symbolic link to one" : ""
            throw BundleError(file: path, problem: "cannot be opened: \(SystemFailure(errno))\(hint)")
        }
        var status = stat()
        fstat(self.descriptor, &status)
        self.times = (status.st_atim, status.st_mtim)
    }

    deinit { close(self.descriptor) }

    func error(_ name: String, _ problem: String) -> BundleError {
        BundleError(file: "\(self.path)/\(name)", problem: problem)
    }

    func isLowered(_: BundleFence.Type) throws(BundleError) -> Bool {
        if case .lowered = try BundleFence.look(self) { return true }
        return false
    }

    /// `nil` where there is no file of that name.
    func read(_ name: String) throws(BundleError) -> [UInt8]? {
        do {
            return try SmallFile.read(below: self.descriptor, name, bound: BundleSpecification.bound + 1)
        } catch {
            if error.code == ENOENT { return nil }
            let hint = error.code == ELOOP ? "; it is a symbolic link, which is refused" : ""
            throw self.error(name, "cannot be read: \(error)\(hint)")
        }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws(BundleError) {
        do {
            try SmallFile.create(below: self.descriptor, name, bytes, mode: 0o600)
        } catch {
            throw self.error(name, "cannot be written: \(error)")
        }
    }

    func rename(_ old: String, _ new: String) throws(BundleError) {
        guard renameat(self.descriptor, old, self.descriptor, new) == 0 else {
            throw self.error(old, "cannot be renamed to \(new): \(SystemFailure(errno))")
        }
    }

    /// - Returns: `false` where there is no file of that name.
    func remove(_ name: String) throws(BundleError) -> Bool {
        if unlinkat(self.descriptor, name, 0) == 0 { return true }
        guard errno == ENOENT else { throw self.error(name, "cannot be removed: \(SystemFailure(errno))") }
        return false
    }

    /// Gives the directory its times back and brings its names to disk.
    func sync() throws(BundleError) {
        let both = [self.times.0, self.times.1]
        guard futimens(self.descriptor, both) == 0, fsync(self.descriptor) == 0 else {
            throw BundleError(file: self.path, problem: "cannot be brought to disk: \(SystemFailure(errno))")
        }
    }
}
