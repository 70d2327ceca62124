/// How a remote program ended, as far as this side can know.
package enum RemoteExit: Hashable, Sendable {
    /// It ended by itself. (libssh2 reports 0 too where the server sends no status at all.)
    case exited(status: Int32)
    /// A signal ended it; the name comes without `SIG`, such as `KILL`.
    case killed(signal: String)
    /// What became of it is unknown: the link or this side ended first.
    case lost(HostError)

    /// Whether the login shell of the far side did not find the program (127) or may not run it (126).
    package var isProgramMissing: Bool {
        self == .exited(status: 127) || self == .exited(status: 126)
    }
}
