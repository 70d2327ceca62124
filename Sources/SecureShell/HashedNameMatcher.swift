internal import CLibSSH2

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
