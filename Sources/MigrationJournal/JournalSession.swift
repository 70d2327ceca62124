/// Who opened the journal for writing, and with what: one row an opening that wrote anything.
package struct JournalSession: Hashable, Sendable {
    package var processID: Int64

    /// Clock ticks after boot; tells a reused pid from the first one. `nil` where /proc does not tell.
    package var startedTicks: Int64?
    package var userID: Int64
    package var effectiveUserID: Int64

    /// The user who logged in, whatever sudo made of them since; `nil` for none. See: 'man 3 audit_getloginuid'.
    package var loginUserID: Int64?

    /// The login user's name where there is one, else the user's; the number where it has no name.
    package var userName: String
    package var hostName: String

    /// `SSH_CONNECTION`, for an agent that was started over SSH.
    package var sshClient: String?

    /// SHA-256 of `/proc/self/cmdline`: proves a command line that somebody shows without keeping its secrets.
    package var argumentsDigest: [UInt8]
    package var toolVersion: String
    package var kernelRelease: String
    package var sqliteVersion: String
    package var time: JournalTime

    /// What the hash of each of the session's events covers.
    func digest(id: Int64) -> [UInt8] {
        var digest = ChainDigest(tag: "vzmj/1/session")
        digest.add(id)
        digest.add(self.processID)
        digest.add(self.startedTicks)
        digest.add(self.userID)
        digest.add(self.effectiveUserID)
        digest.add(self.loginUserID)
        digest.add(self.userName)
        digest.add(self.hostName)
        digest.add(self.sshClient)
        digest.add(self.argumentsDigest)
        digest.add(self.toolVersion)
        digest.add(self.kernelRelease)
        digest.add(self.sqliteVersion)
        digest.add(self.time.wallNanoseconds)
        digest.add(self.time.bootNanoseconds)
        digest.add(self.time.bootID)
        return digest.value
    }
}
