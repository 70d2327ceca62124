internal import FoundationEssentials
internal import SystemPackage

/// What the known_hosts files say of one host. libssh2 knows neither patterns nor `@revoked`, so they are read here.
struct KnownHosts {
    /// Every algorithm that we accept of a host of which nothing is known, the best first.
    static let algorithms = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256", "ssh-rsa",
    ]

    /// What becomes of a key that a host showed.
    enum Verdict: Hashable {
        case known
        /// With the reason and what to do.
        case unknown(String)
        case changed(String)
        case revoked(String)
    }

    private let destination: SSHDestination
    /// The user's first, then the system's.
    private let files: [FilePath]
    /// The file that a new key is added to, which is always the user's; `nil` where there is none.
    let fileOfNewKeys: FilePath?
    /// As the files have it: an alias, or the host, with the port where it is not 22.
    let name: String
    /// The entries that speak of the host.
    private let lines: [KnownHostsLine]
    /// Those that speak of the host without its port, where that is not 22 and no alias is given. They may only confirm
    /// a key: the host's server at port 22 has its own.
    private let portlessLines: [KnownHostsLine]

    init(_ options: SSHOptions, destination: SSHDestination, matcher: HashedNameMatcher) {
        let users = options.knownHostsFiles ?? [UserHome.path.appending(".ssh/known_hosts")]
        let files = users + (options.globalKnownHostsFiles ?? ["/etc/ssh/ssh_known_hosts"])
        self.files = files
        self.fileOfNewKeys = users.first
        self.destination = destination
        let name = options.hostKeyAlias?.lowercased() ?? Self.name(of: destination)
        self.name = name
        let lines = files.flatMap(Self.lines)
        self.lines = lines.filter { $0.speaks(of: name, matcher) }
        let host = destination.host.lowercased()
        let hasPort = options.hostKeyAlias == nil && name != host
        self.portlessLines = hasPort ? lines.filter { $0.speaks(of: host, matcher) } : []
    }

    private static func lines(of file: FilePath) -> [KnownHostsLine] {
        let text = (try? Data(contentsOf: URL(filePath: file.string))).map { String(decoding: $0, as: UTF8.self) }
        return (text ?? "").split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.enumerated()
            .compactMap { KnownHostsLine(parsing: $0.element, file: file, number: $0.offset + 1) }
    }

    /// Host key algorithms for the handshake: those whose key is known come first, so that a known key is asked for.
    ///
    /// - Parameter offered: all of them, the best first.
    /// - Returns: the same in another order.
    func algorithms(of offered: [String]) -> [String] {
        let known = self.lines.filter { $0.marker == nil }.flatMap { line in
            line.algorithm == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [line.algorithm]
        }
        return offered.filter(known.contains) + offered.filter { !known.contains($0) }
    }

    /// Whether the host may have a certificate, which libssh2 cannot verify.
    var hasAuthority: Bool { (self.lines + self.portlessLines).contains { $0.marker == .certificateAuthority } }

    /// Says whether a key is to be trusted.
    ///
    /// - Parameter key: what the host showed.
    /// - Returns: whether it is, and why not.
    func verdict(on key: HostKey) -> Verdict {
        if let line = Self.revoking(key, in: self.lines) {
            return .revoked("its key \(key.fingerprint) is revoked by \(line.file) line \(line.number)")
        }
        let plain = self.lines.filter { $0.marker == nil }
        if Self.isKnown(key, in: plain) { return .known }
        if let line = plain.first(where: { $0.algorithm == key.algorithm }) {
            return .changed(
                """
                its \(key.algorithm) key has changed and may be that of an impostor: \(line.file) line \(line.number) \
                knows another than \(key.fingerprint). If the change is right, remove the old key with \
                `ssh-keygen -f \(line.file) -R '\(self.name)'` and then \(self.advice(for: key))
                """)
        }
        // See: check_host_key in OpenSSH's sshconnect.c, "checking without port identifier".
        if Self.isKnown(key, in: self.portlessLines), Self.revoking(key, in: self.portlessLines) == nil {
            return .known
        }
        let others = plain.map { "\($0.algorithm) in \($0.file) line \($0.number)" }.joined(separator: ", ")
        let known = others.isEmpty ? "" : " (known are other keys: \(others))"
        return .unknown(
            "its \(key.algorithm) key \(key.fingerprint) is not known\(known); \(self.advice(for: key))")
    }

    private static func isKnown(_ key: HostKey, in lines: [KnownHostsLine]) -> Bool {
        lines.contains { $0.marker == nil && $0.base64 == key.base64 && $0.algorithm == key.algorithm }
    }

    private static func revoking(_ key: HostKey, in lines: [KnownHostsLine]) -> KnownHostsLine? {
        lines.first { $0.marker == .revoked && $0.base64 == key.base64 }
    }

    private func advice(for key: HostKey) -> String {
        let type = key.algorithm.hasPrefix("ecdsa") ? "ecdsa" : key.algorithm == "ssh-rsa" ? "rsa" : "ed25519"
        let port = self.destination.port == 22 ? "" : "-p \(self.destination.port) "
        let file = self.files.first.map { "\($0)" } ?? "~/.ssh/known_hosts"
        return "compare the fingerprint with the one that `ssh-keygen -lf /etc/ssh/ssh_host_\(type)_key.pub` prints on "
            + "that server, then add the key with `ssh-keyscan \(port)-t \(type) \(self.destination.host) >> \(file)`"
    }

    private static func name(of destination: SSHDestination) -> String {
        let host = destination.host.lowercased()
        return destination.port == 22 ? host : "[\(host)]:\(destination.port)"
    }
}
