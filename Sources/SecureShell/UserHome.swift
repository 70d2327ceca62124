internal import Glibc
internal import SystemPackage

/// The home directory of the user that runs this program, as `ssh` finds it: by the password file, not by `HOME`.
enum UserHome {
    /// The path, or `/` for a user without an entry. See: man 3 getpwuid_r.
    static var path: FilePath {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let directory = entry.pw_dir
        else { return "/" }
        return FilePath(platformString: directory)
    }
}
