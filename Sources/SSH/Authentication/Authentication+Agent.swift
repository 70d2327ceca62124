internal import CLibSSH2
internal import Glibc
internal import SystemPackage

extension Authentication {
    private static let silentAgent = "ssh-agent (does not answer)"

    /// - Parameters:
    ///   - handle: the session.
    ///   - keys: in base64: those of the named files, which come first, and alone with `IdentitiesOnly`.
    /// - Returns: whether one let us in.
    /// - Throws: `HostError` where the connection is of no more use.
    func tryAgent(_ handle: borrowing SessionHandle, first keys: [String]) throws(HostError) -> Bool {
        let path = self.options.agentSocket?.string ?? getenv("SSH_AUTH_SOCK").map { String(cString: $0) } ?? ""
        let isAnswered = path.isEmpty ? nil : LocalSocket.isAnswered(at: path, within: self.options.patience)
        guard isAnswered == true, let agent = libssh2_agent_init(handle.pointer) else {
            self.note(isAnswered == false ? Self.silentAgent : "ssh-agent (not running)")
            return false
        }
        libssh2_agent_set_identity_path(agent, path)
        guard libssh2_agent_connect(agent) == 0 else {
            // Not freed: with it libssh2 would close the socket of the failed connection once more, whose number may be
            // another thread's file by then. (Seen in 1.10.)
            self.note("ssh-agent (not running)")
            return false
        }
        defer {
            libssh2_agent_disconnect(agent)
            libssh2_agent_free(agent)
        }
        self.waiter.socket.askAgent(within: self.options.patience)
        guard libssh2_agent_list_identities(agent) == 0 else {
            let isSilent = self.waiter.socket.isAgentSilent
            self.note(isSilent ? Self.silentAgent : "ssh-agent (does not list its keys)")
            return false
        }
        return try self.tryIdentities(of: agent, first: keys, handle)
    }

    private func tryIdentities(
        of agent: OpaquePointer, first keys: [String], _ handle: borrowing SessionHandle
    ) throws(HostError) -> Bool {
        let identities = self.identities(of: agent, first: keys)
        if identities.isEmpty { self.note("ssh-agent (no keys)") }
        for identity in identities {
            self.waiter.socket.askAgent(within: self.options.patience)
            let code = try self.waiter.call(self.operation) { libssh2_agent_userauth(agent, self.user, identity) }
            if code == 0 { return true }
            if self.waiter.socket.isAgentSilent {
                self.note(Self.silentAgent)
                return false
            }
            let name = identity.pointee.comment.map { String(cString: $0) } ?? "a key"
            self.note("ssh-agent's \(name)")
            try self.checkConnection(handle, Int(code), "libssh2_agent_userauth")
        }
        return false
    }

    /// In the order of `ssh`: a server takes only a few tries, so those that somebody named come first.
    private func identities(
        of agent: OpaquePointer, first keys: [String]
    ) -> [UnsafeMutablePointer<libssh2_agent_publickey>] {
        var identities: [(pointer: UnsafeMutablePointer<libssh2_agent_publickey>, key: String)] = []
        var identity: UnsafeMutablePointer<libssh2_agent_publickey>?
        while libssh2_agent_get_identity(agent, &identity, identity) == 0, let found = identity {
            identities.append((found, PublicKeyFile.base64(found.pointee.blob, found.pointee.blob_len)))
        }
        let named = keys.compactMap { key in identities.first { $0.key == key } }
        let others = self.options.identitiesOnly ? [] : identities.filter { !keys.contains($0.key) }
        return (named + others).map(\.pointer)
    }
}

extension LocalSocket {
    /// Whether an ssh-agent listens there and answers when it is asked for its keys.
    ///
    /// - Parameters:
    ///   - path: of its socket.
    ///   - patience: how long it may take to take the connection, and how long to answer.
    /// - Returns: `nil` where nobody listens.
    static func isAnswered(at path: String, within patience: Duration) -> Bool? {
        let descriptor = Self.make()
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var time = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        time.tv_usec = Int(patience.components.attoseconds / 1_000_000_000_000)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        // A queue of connections that stays full is EAGAIN.
        guard Self.connect(descriptor, to: path) else { return errno == EAGAIN ? false : nil }
        // SSH_AGENTC_REQUEST_IDENTITIES, after its length.
        let question: [UInt8] = [0, 0, 0, 1, 11]
        var first: UInt8 = 0
        guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else { return false }
        while true {
            let count = recv(descriptor, &first, 1, 0)
            if count >= 0 || errno != EINTR { return count == 1 }
        }
    }
}
