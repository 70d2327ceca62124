internal import CLibSSH2
internal import Glibc
internal import Host
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

    /// - Throws: `SSHRefusal` for a file that is there and cannot be read: it may revoke the key.
    init(_ options: SSHOptions, destination: SSHDestination, matcher: HashedNameMatcher) throws(SSHRefusal) {
        let users = options.knownHostsFiles ?? [UserHome.path.appending(".ssh/known_hosts")]
        let files = users + (options.globalKnownHostsFiles ?? ["/etc/ssh/ssh_known_hosts"])
        self.files = files
        self.fileOfNewKeys = users.first
        self.destination = destination
        let name = options.hostKeyAlias?.lowercased() ?? Self.name(of: destination)
        self.name = name
        var lines: [KnownHostsLine] = []
        for file in files { lines += try Self.lines(of: file) }
        self.lines = lines.filter { $0.speaks(of: name, matcher) }
        let host = destination.host.lowercased()
        let hasPort = options.hostKeyAlias == nil && name != host
        self.portlessLines = hasPort ? lines.filter { $0.speaks(of: host, matcher) } : []
    }

    private static func lines(of file: FilePath) throws(SSHRefusal) -> [KnownHostsLine] {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try DurableFile.read(file.string, limit: 64 << 20) } catch {
            // EINVAL is no regular file, such as /dev/null.
            if [ENOENT, ENOTDIR, EINVAL].contains(error.errno) { return [] }
            throw SSHRefusal("\(error)")
        }
        return String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.enumerated()
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

/// One entry of a known_hosts file. See: man 8 sshd, "SSH_KNOWN_HOSTS FILE FORMAT".
struct KnownHostsLine: Hashable {
    enum Marker: String, Hashable {
        case revoked = "@revoked"
        case certificateAuthority = "@cert-authority"
    }

    let marker: Marker?
    /// Patterns with commas between them, or one hashed name.
    let names: String
    let algorithm: String
    let base64: String
    let file: FilePath
    /// From 1.
    let number: Int

    /// Takes a line apart; `nil` for a comment, an empty line or one that is not an entry.
    ///
    /// - Parameters:
    ///   - text: without the line's end.
    ///   - file: where it stands.
    ///   - number: of the line, from 1.
    init?(parsing text: Substring, file: FilePath, number: Int) {
        var fields = text.split(maxSplits: 4, whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })[...]
        guard let first = fields.first, !first.hasPrefix("#") else { return nil }
        if first.hasPrefix("@") {
            guard let marker = Marker(rawValue: String(first)) else { return nil }
            self.marker = marker
            fields = fields.dropFirst()
        } else {
            self.marker = nil
        }
        guard fields.count >= 3 else { return nil }
        let start = fields.startIndex
        self.names = String(fields[start])
        self.algorithm = String(fields[start + 1])
        self.base64 = String(fields[start + 2])
        self.file = file
        self.number = number
    }

    /// Whether the entry speaks of a host: one pattern matches and no negated one does.
    ///
    /// - Parameters:
    ///   - name: in lower case, `[host]:port` where the port is not 22.
    ///   - matcher: for hashed names.
    /// - Returns: whether it does.
    func speaks(of name: String, _ matcher: HashedNameMatcher) -> Bool {
        if self.names.hasPrefix("|") { return matcher.matches(self.names, name) }
        let patterns = self.names.lowercased().split(separator: ",")
        if patterns.contains(where: { $0.hasPrefix("!") && Self.matches($0.dropFirst(), name) }) { return false }
        return patterns.contains { Self.matches($0, name) }
    }

    /// `*` stands for any bytes and `?` for one. The last star is taken back on a mismatch, so time is bounded.
    /// Not fnmatch(3), to which the brackets of `[host]:port` mean a choice of letters.
    private static func matches(_ pattern: Substring, _ name: String) -> Bool {
        var (glob, name) = (Array(pattern.utf8)[...], Array(name.utf8)[...])
        var star: (glob: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while let byte = name.first {
            if glob.first == UInt8(ascii: "*") {
                glob = glob.dropFirst()
                star = (glob, name)
            } else if let wanted = glob.first, wanted == byte || wanted == UInt8(ascii: "?") {
                glob = glob.dropFirst()
                name = name.dropFirst()
            } else if let last = star {
                star = (last.glob, last.name.dropFirst())
                (glob, name) = (last.glob, last.name.dropFirst())
            } else {
                return false
            }
        }
        return glob.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Compares a name with the hashed names of known_hosts (`|1|salt|hash`), by libssh2's own means.
struct HashedNameMatcher {
    /// A `LIBSSH2_SESSION *`, for libssh2's allocations alone.
    let session: OpaquePointer

    /// - Parameters:
    ///   - hashed: the first field of a line of known_hosts.
    ///   - name: in plain, `[host]:port` where the port is not 22.
    /// - Returns: whether the hash is that of the name.
    func matches(_ hashed: String, _ name: String) -> Bool {
        guard let hosts = libssh2_knownhost_init(self.session) else { return false }
        defer { libssh2_knownhost_free(hosts) }
        // Only the name is of interest here, so any key will do that is as long as libssh2 wants one to be.
        let key = "AAAAB3NzaC1yc2EAAAADAQABAAAAAA=="
        let line = "\(hashed) ssh-rsa \(key)"
        guard libssh2_knownhost_readline(hosts, line, line.utf8.count, LIBSSH2_KNOWNHOST_FILE_OPENSSH) == 0
        else { return false }
        let type = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 | LIBSSH2_KNOWNHOST_KEY_SSHRSA
        let check = libssh2_knownhost_check(hosts, name, key, key.utf8.count, Int32(type), nil)
        return check == LIBSSH2_KNOWNHOST_CHECK_MATCH || check == LIBSSH2_KNOWNHOST_CHECK_MISMATCH
    }
}
