package import SystemPackage

/// How a session is made. The defaults are those of `ssh`.
package struct SSHOptions: Sendable {
    /// A link is not found dead before this, however short the timeout.
    static let shortestSilence: Duration = .seconds(8)

    /// Bounds the TCP connection, each exchange of the handshake, and (from 8 s up) the silence after which a link
    /// counts as dead.
    package var timeout: Duration = .seconds(30)
    /// Private keys to try after those of ssh-agent; `nil` means `id_ed25519`, `id_ecdsa` and `id_rsa` in `~/.ssh`.
    package var identityFiles: [FilePath]?
    /// Files with the keys of known hosts; one that does not exist is passed over.
    /// `nil` means `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`.
    package var knownHostsFiles: [FilePath]?
    /// The socket of ssh-agent; `nil` means the one that `SSH_AUTH_SOCK` names, and an empty path none.
    package var agentSocket: FilePath?
    /// Where the passphrase of an encrypted key is asked for.
    package var terminal: FilePath = "/dev/tty"
    /// What was typed there before. Sessions that share it ask once.
    package var passphrases = TypedPassphrases()

    package init() {}
}
