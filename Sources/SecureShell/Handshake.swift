internal import CLibSSH2

/// The exchange of keys, and the check that the host is the one we know.
struct Handshake {
    /// Ciphers that authenticate by themselves come first; libssh2 before 1.11 has none of them and takes the next.
    private static let ciphers = [
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr", "aes192-ctr",
        "chacha20-poly1305@openssh.com",
    ]
    private static let codes = [
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
    ]

    let thread: SessionThread
    let waiter: SessionWaiter

    /// - Parameter handle: a session whose socket is connected.
    /// - Throws: `HostError` of kind `unreachable`, `timedOut`, `closed` or `hostKeyRefused`.
    func perform(on handle: borrowing SessionHandle) throws(HostError) {
        let knownHosts = KnownHosts(
            files: self.thread.options.knownHostsFiles ?? KnownHosts.usualFiles, destination: self.thread.destination,
            matcher: HashedNameMatcher(session: handle.pointer))
        do {
            for kind in [LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC] { try handle.prefer(kind, Self.ciphers) }
            for kind in [LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC] { try handle.prefer(kind, Self.codes) }
            try handle.prefer(LIBSSH2_METHOD_HOSTKEY, knownHosts.preferredAlgorithms)
        } catch {
            throw self.thread.error(.unreachable, "connect", "\(error)")
        }
        let code = try self.waiter.call("connect") {
            libssh2_session_handshake(handle.pointer, self.waiter.socket.descriptor)
        }
        guard code == 0 else {
            let error = handle.error(Int(code), "libssh2_session_handshake")
            throw self.thread.error(.unreachable, "connect", "\(error)")
        }
        guard let key = HostKey(of: handle.pointer) else {
            throw self.thread.error(.hostKeyRefused, "connect", "the server sent no host key")
        }
        if let refusal = knownHosts.refusal(of: key) {
            throw self.thread.error(.hostKeyRefused, "connect", refusal)
        }
    }
}
