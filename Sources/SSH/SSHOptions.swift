internal import Glibc
package import SystemPackage

/// How a session is made. The defaults are those of `ssh`.
package struct SSHOptions: Sendable {
    /// A link is not found dead before this, however short the timeout.
    static let shortestSilence: Duration = .seconds(8)

    /// `AddressFamily`.
    enum Family: Sendable {
        case any
        case inet
        case inet6
    }

    /// `StrictHostKeyChecking`: what becomes of a host whose key is not known.
    enum Strictness: Sendable {
        case refuse
        case add
        /// Added too; and a key that has changed is taken, without passwords.
        case accept
    }

    /// How much is said on the way. Errors are told in any case.
    enum Verbosity: Sendable {
        case quiet
        case plain
        case verbose
    }

    /// Bounds the TCP connection, each exchange of the handshake, and (from 8 s up) the silence after which a link
    /// counts as dead, where the options of ssh say nothing else.
    package var timeout: Duration = .seconds(30)
    /// Private keys to try after those of ssh-agent; `nil` means the usual ones in `~/.ssh`.
    package var identityFiles: [FilePath]?
    /// The user's files with the keys of known hosts, of which the first takes new keys; one that does not exist is
    /// passed over. `nil` means `~/.ssh/known_hosts`.
    package var knownHostsFiles: [FilePath]?
    /// The socket of ssh-agent; `nil` means the one that `SSH_AUTH_SOCK` names, and an empty path none.
    package var agentSocket: FilePath?
    /// Where passphrases and passwords are asked for.
    package var terminal: FilePath = "/dev/tty"
    /// What was typed there before. Sessions that share it ask once.
    package var secrets = TypedSecrets()
    /// The system's `ssh`: a path, or a name that is looked for where programs are.
    package var program = "ssh"
    /// The path of vzmigrate, which `ssh` runs as its `SSH_ASKPASS`.
    package var askpassProgram: String?

    /// `ConnectTimeout`; `nil` leaves it to `timeout`.
    var connectTimeout: Duration?
    /// `ServerAliveInterval` and how often it may pass unanswered; `nil` leaves both to `timeout`.
    /// Unanswered once is enough for a count of 0, as for one of 1.
    var serverAlive: (interval: Duration, count: Int)?
    /// Lists of algorithms, the best first; `nil` offers ours. They may name some that libssh2 does not have.
    var ciphers: [String]?
    var macs: [String]?
    var keyExchanges: [String]?
    var hostKeyAlgorithms: [String]?
    var compresses = false
    var family = Family.any
    var bindAddress: String?
    var keepsTCPAlive = true
    var hostKeyAlias: String?
    /// The system's files with the keys of known hosts, which are only read; `nil` means `/etc/ssh/ssh_known_hosts`.
    var globalKnownHostsFiles: [FilePath]?
    var strictness = Strictness.refuse
    var hashesNewHosts = false
    /// Whether ssh-agent is asked only for the keys of `identityFiles`.
    var identitiesOnly = false
    var takesKeys = true
    var takesPasswords = true
    var takesKeyboardInteractive = true
    /// Whether GSSAPI is to be tried, which only the system's `ssh` can, where keys are refused.
    var wantsGSSAPI = false
    /// `BatchMode`: nothing is asked.
    var isBatch = false
    var passwordTries = 3
    var verbosity = Verbosity.plain
    /// Told what an operator has to know, a line each.
    package var say: (@Sendable (String) -> Void)?
    /// Told what `-v` wants to know.
    var log: (@Sendable (String) -> Void)? { self.verbosity == .verbose ? self.say : nil }

    package init() {}

    /// How long one exchange of the handshake may take.
    var patience: Duration { self.connectTimeout ?? self.timeout }

    /// How long nothing may be heard while programs run. libssh2 sends at most one question in 2 s, and three that stay
    /// unanswered must fit in.
    var silenceBound: Duration {
        max(self.serverAlive.map { $0.interval * max(1, $0.count) } ?? self.timeout, Self.shortestSilence)
    }

    /// How often a silent link is asked for a sign of life.
    var keepAliveInterval: Duration { min(self.serverAlive?.interval ?? .seconds(1 << 30), self.silenceBound / 4) }
}

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
