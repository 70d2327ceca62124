internal import CLinux
internal import Glibc

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
    /// directories of this tool's own, not for the inside of a container.
    package static func names(in directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else { throw FileError("list", directory, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw FileError("list", directory, errno: errno) }
        return names
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
