internal import CLinux
internal import Glibc
internal import SystemPackage

/// Changes to files and names that are on disk when the call returns, and are whole or not at all after a crash.
///
/// A rename or a removal is only durable once the *directory* has been flushed; every function here does that and
/// reports it when it fails. See: 'man 2 fsync', "Calling fsync() does not necessarily ensure that the entry in the
/// directory containing the file has also reached disk".
package enum DurableFile {
    /// Puts `bytes` at `path` in one step: a reader, or a crash, sees the old file or the new one.
    ///
    /// A file that is replaced passes on its owner, group and permissions, not its extended attributes. A symbolic
    /// link at `path` stays, and what it points to is written.
    ///
    /// - Parameters:
    ///   - bytes: The whole new content.
    ///   - path: Its directory has to exist.
    ///   - mode: Permissions of a file that did not exist, whatever the umask.
    ///   - replacing: With `false`, a file that is there already is kept and the call fails with EEXIST.
    /// - Throws: ``FileError``. Only if it comes from flushing the directory may the new file be there already.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, replacing: Bool = true
    ) throws(FileError) {
        let target = try Self.resolvingLink(path)
        var staged = try StagedFile(for: target)
        try staged.takePermissions(orElse: mode)
        try staged.write(bytes)
        try staged.publish(replacing: replacing)
    }

    /// The content of a regular file.
    ///
    /// - Throws: EFBIG if it has more than `limit` bytes; EINVAL if it is not a regular file, which could block.
    package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = try NamedDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK, to: "read")
        guard try descriptor.status().st_mode & S_IFMT == S_IFREG else {
            throw FileError("read", path, errno: EINVAL)
        }
        let bytes = try descriptor.read(upTo: limit + 1)
        guard bytes.count <= limit else { throw FileError("read", path, errno: EFBIG) }
        return bytes
    }

    /// The path itself, or what the symbolic link there points to.
    private static func resolvingLink(_ path: String) throws(FileError) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let resolved = realpath(path, nil) else {
            throw FileError("follow the symbolic link", path, errno: Glibc.errno)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension DurableFile {
    /// Renames a file or a whole directory within one file system.
    ///
    /// - Parameters:
    ///   - source: What there is.
    ///   - destination: Its new name.
    ///   - replacing: With `false`, whatever has that name already is kept and the call fails with EEXIST. A file
    ///     system that cannot promise this fails with EINVAL. See: 'man 2 renameat2', RENAME_NOREPLACE.
    /// - Throws: ``FileError``. Only if it comes from flushing a directory may the new name be there already.
    package static func rename(
        _ source: String, to destination: String, replacing: Bool = false
    ) throws(FileError) {
        let code = Self.renameOnly(source, to: destination, replacing: replacing)
        guard code == 0 else { throw FileError("rename", source, to: destination, errno: code) }
        // The new name first: after a crash between the two the file may have both names, never neither.
        try Self.syncDirectory(Self.parent(of: destination))
        guard Self.parent(of: source) != Self.parent(of: destination) else { return }
        try Self.syncDirectory(Self.parent(of: source))
    }

    /// Removes a name that is not a directory's. May be repeated until it succeeds.
    ///
    /// - Returns: `false` if it was gone already; its being gone is then made durable all the same.
    @discardableResult
    package static func remove(_ path: String) throws(FileError) -> Bool {
        let wasThere = unlink(path) == 0
        let code = errno
        guard wasThere || code == ENOENT else { throw FileError("remove", path, errno: code) }
        guard wasThere || Self.exists(Self.parent(of: path)) else { return false }
        try Self.syncDirectory(Self.parent(of: path))
        return wasThere
    }

    /// Makes a directory and those above it that are missing. One that exists keeps its permissions.
    package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(FileError) {
        var code = mkdir(path, mode) == 0 ? 0 : errno
        if code == ENOENT, Self.parent(of: path) != path {
            try Self.makeDirectories(Self.parent(of: path), mode: mode)
            code = mkdir(path, mode) == 0 ? 0 : errno
        }
        if code == EEXIST {
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        }
        guard code == 0 else { throw FileError("make the directory", path, errno: code) }
        try Self.syncDirectory(Self.parent(of: path))
    }

    /// Returns once every name made, changed or removed in the directory so far is on disk.
    package static func syncDirectory(_ path: String) throws(FileError) {
        try NamedDescriptor(opening: path, flags: O_RDONLY | O_DIRECTORY, to: "open the directory").sync()
    }

    /// Whether anything has that name, a symbolic link to nowhere included.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The same where a mistake costs something: what cannot be looked at is not taken for nothing.
    ///
    /// - Throws: whatever keeps from looking; a name, or a directory above it, that is not there is an answer.
    package static func isThere(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        let code = errno
        guard code == ENOENT || code == ENOTDIR else { throw FileError("look at", path, errno: code) }
        return false
    }

    /// The names in a directory in no order, without `.` and `..`, and without those that are not UTF-8: for
    /// directories of this tool's own and of the kernel, not for the inside of a container.
    ///
    /// - Throws: where it cannot be read; that is not the same as nothing being in it.
    package static func names(in directory: String) throws(FileError) -> [String] {
        do throws(Errno) {
            let handle = try OwnedDescriptor.checked(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
            var reader = DirectoryReader(handle.number)
            var names: [String] = []
            while let block = try reader.next() { names += block.compactMap { String(validating: $0, as: UTF8.self) } }
            return names
        } catch {
            throw FileError("list", directory, errno: error.rawValue)
        }
    }

    /// The directory that holds `path`, from the text alone; `.` for a bare name.
    package static func parent(of path: String) -> String {
        var bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let last = bytes.lastIndex(of: slash) else { return "." }
        return last == 0 ? "/" : String(decoding: bytes[..<last], as: UTF8.self)
    }

    /// Renames without flushing anything. Returns an errno, 0 for success.
    static func renameOnly(_ source: String, to destination: String, replacing: Bool) -> Int32 {
        let flags: UInt32 = replacing ? 0 : vz_rename_no_replace
        return vz_rename(AT_FDCWD, source, AT_FDCWD, destination, flags) == 0 ? 0 : errno
    }
}
