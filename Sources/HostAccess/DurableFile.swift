internal import Glibc

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
