internal import Glibc
internal import SystemPackage

/// The user that runs this program, as `ssh` finds it: by the password file, not by `HOME`. See: man 3 getpwuid_r.
enum UserHome {
    /// The home directory, or `/` for a user without an entry.
    static var path: FilePath { Self.entry.map { FilePath($0.home) } ?? "/" }

    /// The login name, or the number of a user without an entry.
    static var name: String { Self.entry?.name ?? "\(getuid())" }

    private static var entry: (name: String, home: String)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, getpwuid_r(getuid(), &entry, start, buffer.count, &found) == 0,
                found != nil, let name = entry.pw_name, let home = entry.pw_dir
            else { return nil }
            return (String(cString: name), String(cString: home))
        }
    }
}
