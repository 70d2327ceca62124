internal import Glibc

/// Where the operator stands.
enum CurrentDirectory {
    /// Absolute; `/` where it is gone.
    static var path: String {
        guard let bytes = getcwd(nil, 0) else { return "/" }
        defer { free(bytes) }
        return String(cString: bytes)
    }
}
