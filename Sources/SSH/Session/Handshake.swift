internal import CLibSSH2

/// The exchange of keys, and the check that the host is the one we know.
struct Handshake {
    /// Ciphers that authenticate by themselves come first; libssh2 before 1.11 has none of them and takes the next.
    private static let ciphers = [
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr", "aes192-ctr",
        "chacha20-poly1305@openssh.com",
    ]
    private static let macs = [
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
    ]

    let thread: SessionThread
    let waiter: SessionWaiter

    /// Whether the libssh2 that runs is of an earlier version, such as `0x010b00` for 1.11.
    static func isOlder(than version: Int32) -> Bool { libssh2_version(version) == nil }

    private var options: SSHOptions { self.thread.options }

    /// - Parameter handle: a session whose socket is connected.
    /// - Returns: whether the host is the one that is known; `false` only where options let it be another.
    /// - Throws: `HostError` of kind `unreachable`, `timedOut`, `closed`, `hostKeyRefused` or `beyondUs`.
    func perform(on handle: borrowing SessionHandle) throws(HostError) -> Bool {
        let knownHosts: KnownHosts
        do throws(SSHRefusal) {
            knownHosts = try KnownHosts(
                self.options, destination: self.thread.destination, matcher: HashedNameMatcher(session: handle.pointer))
        } catch { throw self.thread.error(.hostKeyRefused, "connect", "\(error)") }
        try self.offer(handle, knownHosts)
        let code = try self.waiter.call("connect") {
            libssh2_session_handshake(handle.pointer, self.waiter.socket.descriptor)
        }
        guard code == 0 else { throw self.failure(handle.error(Int(code), "libssh2_session_handshake")) }
        guard let key = HostKey(of: handle.pointer) else {
            throw self.thread.error(.hostKeyRefused, "connect", "the server sent no host key")
        }
        self.options.log?(
            "cipher \(handle.method(LIBSSH2_METHOD_CRYPT_CS)), MAC \(handle.method(LIBSSH2_METHOD_MAC_CS)), "
                + "key exchange \(handle.method(LIBSSH2_METHOD_KEX)), "
                + "compression \(handle.method(LIBSSH2_METHOD_COMP_CS)), host key "
                + "\(key.algorithm) \(key.fingerprint)")
        return try self.judge(key, knownHosts)
    }

    // MARK: - What is offered

    private func offer(_ handle: borrowing SessionHandle, _ knownHosts: KnownHosts) throws(HostError) {
        let (ciphers, macs) = (self.options.ciphers ?? Self.ciphers, self.options.macs ?? Self.macs)
        let kinds = [
            (LIBSSH2_METHOD_CRYPT_CS, "Ciphers", ciphers), (LIBSSH2_METHOD_CRYPT_SC, "Ciphers", ciphers),
            (LIBSSH2_METHOD_MAC_CS, "MACs", macs), (LIBSSH2_METHOD_MAC_SC, "MACs", macs),
            (
                LIBSSH2_METHOD_HOSTKEY, "HostKeyAlgorithms",
                knownHosts.algorithms(of: self.options.hostKeyAlgorithms ?? KnownHosts.algorithms)
            ),
            (LIBSSH2_METHOD_KEX, "KexAlgorithms", self.options.keyExchanges ?? []),
        ]
        for (kind, keyword, methods) in kinds where !methods.isEmpty || keyword != "KexAlgorithms" {
            do throws(SSHError) { try handle.prefer(kind, methods) } catch {
                throw self.thread.error(
                    .beyondUs, "connect", "libssh2 has none of \(keyword) \(methods.joined(separator: ","))")
            }
        }
        if self.options.compresses { libssh2_session_flag(handle.pointer, LIBSSH2_FLAG_COMPRESS, 1) }
    }

    /// Where the connection stands and both sides found no common algorithm, `ssh` may know more of them.
    private func failure(_ error: SSHError) -> HostError {
        let isDisagreement = [
            LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE, LIBSSH2_ERROR_METHOD_NONE,
        ].contains(error.code)
        guard isDisagreement, self.waiter.socket.failure == nil else {
            return self.thread.error(.unreachable, "connect", "\(error)")
        }
        return self.thread.error(.beyondUs, "connect", "libssh2 and the server have no algorithms in common: \(error)")
    }

    // MARK: - Who it is

    private func judge(_ key: HostKey, _ knownHosts: KnownHosts) throws(HostError) -> Bool {
        switch (knownHosts.verdict(on: key), self.options.strictness) {
        case (.known, _): return true
        case (.unknown(let why), _) where knownHosts.hasAuthority, (.changed(let why), _) where knownHosts.hasAuthority:
            throw self.thread.error(
                .beyondUs, "connect", "its host key may be certified, and libssh2 cannot tell; \(why)")
        case (.unknown, .add), (.unknown, .accept):
            guard let file = knownHosts.fileOfNewKeys else { return true }
            do throws(SSHRefusal) {
                try NewKnownHost(name: knownHosts.name, key: key, isHashed: self.options.hashesNewHosts).add(to: file)
            } catch { throw self.thread.error(.hostKeyRefused, "connect", "\(error)") }
            self.options.log?("added the host's key \(key.fingerprint) to \(file)")
            return true
        case (.changed(let why), .accept):
            self.options.say?("StrictHostKeyChecking is off, so this is taken: \(why)")
            return false
        case (.unknown(let why), _), (.changed(let why), _), (.revoked(let why), _):
            throw self.thread.error(.hostKeyRefused, "connect", why)
        }
    }
}
