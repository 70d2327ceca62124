internal import CLibSSH2
internal import Glibc
internal import SystemPackage

/// Proves who we are: with the keys of ssh-agent, then with those in files, the encrypted ones last, then with a
/// password that is typed. Before it asks for a password, it leaves what only the system's `ssh` can do to that.
final class Authentication {
    private static let passphraseTries = 3

    private let thread: SessionThread
    let waiter: SessionWaiter
    /// Whether the host is the one that is known. Another one is told no password.
    private let isTrusted: Bool
    /// What was tried and what became of it, for the message.
    private var attempts: [String] = []
    /// What only the system's `ssh` could try too.
    private var beyondUs: [String] = []

    init(thread: SessionThread, waiter: SessionWaiter, isTrusted: Bool) {
        self.thread = thread
        self.waiter = waiter
        self.isTrusted = isTrusted
    }

    var operation: String { "authenticate" }
    var options: SSHOptions { self.thread.options }
    var destination: SSHDestination { self.thread.destination }
    var user: String { self.destination.user }

    /// - Parameter handle: a session after the handshake.
    /// - Throws: `HostError` of kind `authenticationRefused` with everything that was tried, `beyondUs`, `timedOut` or
    ///   `closed`.
    func perform(on handle: borrowing SessionHandle) throws(HostError) {
        let list = try self.methods(handle)
        if libssh2_userauth_authenticated(handle.pointer) == 1 { return }
        let methods = list.split(separator: ",")
        self.options.log?("the server takes \(list)")
        var hasFiles = true
        if methods.contains("publickey"), self.options.takesKeys { hasFiles = try self.tryKeys(handle) }
        if libssh2_userauth_authenticated(handle.pointer) == 1 { return }
        if self.options.wantsGSSAPI, methods.contains("gssapi-with-mic") { self.beyondUs.append("GSSAPI") }
        let canAsk =
            SecretQuestion(self.options).canAsk || self.options.secrets.isKnown("\(self.destination)'s password")
        let takesPassword = methods.contains("password") && self.options.takesPasswords && self.isTrusted
        let takesOthers = methods.contains("keyboard-interactive") && self.options.takesKeyboardInteractive
        if !takesPassword, canAsk, self.isTrusted, takesOthers { self.beyondUs.append("keyboard-interactive") }
        if !self.beyondUs.isEmpty {
            throw self.thread.error(
                .beyondUs, self.operation,
                "libssh2 cannot do \(self.beyondUs.joined(separator: ", ")); \(self.refusal(list, hasFiles: hasFiles))")
        }
        if takesPassword, canAsk, try self.tryPassword(handle) { return }
        throw self.refused(self.refusal(list, hasFiles: hasFiles))
    }

    private func refusal(_ methods: String, hasFiles: Bool) -> String {
        let advice = hasFiles ? "" : "make a key with `ssh-keygen` and "
        guard !self.attempts.isEmpty else {
            return "the server takes only \(methods), and nothing of it can be tried here: allow a key with "
                + "`ssh-copy-id \(self.destination)` and publickey in its sshd_config, or run this on a terminal"
        }
        return
            "refused: \(self.attempts.joined(separator: ", ")); \(advice)allow one with "
            + "`ssh-copy-id \(self.destination)`"
    }

    /// - Returns: whether there were files with keys.
    private func tryKeys(_ handle: borrowing SessionHandle) throws(HostError) -> Bool {
        let paths = self.options.identityFiles ?? PrivateKeyFile.usual
        if try self.tryAgent(handle, first: PublicKeyFile.keys(of: paths)) { return true }
        let files = paths.compactMap { path in
            let file = PrivateKeyFile(at: path)
            if file == nil, self.options.identityFiles != nil { self.attempts.append("\(path) (not readable)") }
            return file
        }
        for file in files.filter({ !$0.isEncrypted }) + files.filter(\.isEncrypted) {
            if let reason = file.onlyForProgram {
                self.beyondUs.append("\(reason) \(file.path)")
                continue
            }
            if file.hasCertificate { self.beyondUs.append("the certificate of \(file.path)") }
            if try self.tryFile(file, handle) { return true }
        }
        return !files.isEmpty
    }

    func note(_ attempt: String) { self.attempts.append(attempt) }

    private func methods(_ handle: borrowing SessionHandle) throws(HostError) -> String {
        var list: UnsafeMutablePointer<CChar>?
        let code = try self.waiter.call(self.operation) {
            list = libssh2_userauth_list(handle.pointer, self.user, UInt32(self.user.utf8.count))
            return list == nil ? libssh2_session_last_errno(handle.pointer) : 0
        }
        if let list { return String(cString: list) }
        if libssh2_userauth_authenticated(handle.pointer) == 1 { return "" }
        throw self.lost(handle.error(Int(code), "libssh2_userauth_list"))
    }

    // MARK: - Key files

    private func tryFile(_ file: PrivateKeyFile, _ handle: borrowing SessionHandle) throws(HostError) -> Bool {
        guard file.isEncrypted else {
            let code = try self.authenticate(file, "", handle)
            if code != 0 { self.attempts.append(self.describe(file, code, handle)) }
            return code == 0
        }
        return try self.options.secrets.asking { () throws(HostError) in
            if let typed = self.options.secrets.secret(for: "\(file.path)"),
                try self.authenticate(file, typed, handle) == 0
            {
                return true
            }
            return try self.tryTyped(file, handle)
        }
    }

    /// Asks for the passphrase, and again where it was wrong.
    private func tryTyped(_ file: PrivateKeyFile, _ handle: borrowing SessionHandle) throws(HostError) -> Bool {
        for attempt in 1...Self.passphraseTries {
            let again = attempt == 1 ? "" : "Wrong. "
            let passphrase: Passphrase
            do throws(SecretQuestion.Silence) {
                passphrase = try SecretQuestion(self.options).ask("\(again)Passphrase of \(file.path): ")
            } catch {
                let why = error == .canceled ? "no passphrase given" : "no terminal to ask for its passphrase"
                self.attempts.append("\(file.path) (encrypted, \(why): load it with `ssh-add \(file.path)`)")
                return false
            }
            let code = try self.authenticate(file, passphrase, handle)
            if code == 0 {
                self.options.secrets.remember(passphrase, for: "\(file.path)")
                return true
            }
            if self.isServersRefusal(code) {
                self.attempts.append(self.describe(file, code, handle))
                return false
            }
        }
        self.attempts.append("\(file.path) (wrong passphrase \(Self.passphraseTries) times)")
        return false
    }

    private func authenticate(
        _ file: PrivateKeyFile, _ passphrase: borrowing Passphrase, _ handle: borrowing SessionHandle
    ) throws(HostError) -> Int32 {
        try passphrase.withCString { secret throws(HostError) in try self.authenticate(file, secret, handle) }
    }

    private func authenticate(
        _ file: PrivateKeyFile, _ passphrase: UnsafePointer<CChar>?, _ handle: borrowing SessionHandle
    ) throws(HostError) -> Int32 {
        let code = try self.waiter.call(self.operation) {
            libssh2_userauth_publickey_fromfile_ex(
                handle.pointer, self.user, UInt32(self.user.utf8.count), nil, file.path.string, passphrase)
        }
        if code != 0 {
            try self.checkConnection(handle, Int(code), "libssh2_userauth_publickey_fromfile_ex", "\(file.path)")
        }
        return code
    }

    private func isServersRefusal(_ code: Int32) -> Bool {
        code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
    }

    private func describe(_ file: PrivateKeyFile, _ code: Int32, _ handle: borrowing SessionHandle) -> String {
        guard self.isServersRefusal(code) else {
            return "\(file.path) (\(handle.error(Int(code), "libssh2_userauth_publickey_fromfile_ex").message))"
        }
        // libssh2 before 1.11 signs with RSA and SHA-1 only, which servers since OpenSSH 8.8 refuse.
        guard file.isRSA, Handshake.isOlder(than: 0x010b00) else { return "\(file.path)" }
        self.beyondUs.append("RSA with SHA-2 (before 1.11), \(file.path)")
        return "\(file.path) (this libssh2 is older than 1.11 and offers RSA keys with SHA-1 only: use ed25519)"
    }

    // MARK: - Passwords

    /// Asks for the password of the account, and again where it was wrong. One that was typed for an earlier session is
    /// tried first.
    ///
    /// - Returns: whether the server let us in.
    private func tryPassword(_ handle: borrowing SessionHandle) throws(HostError) -> Bool {
        let question = SecretQuestion(self.options)
        let name = "\(self.destination)'s password"
        let secrets = self.options.secrets
        return try secrets.asking { () throws(HostError) in
            if let typed = secrets.secret(for: name), try self.authenticate(password: typed, handle) { return true }
            for attempt in 0..<self.options.passwordTries {
                let typed: Passphrase
                do throws(SecretQuestion.Silence) {
                    typed = try question.ask("\(attempt == 0 ? "" : "Wrong. ")\(name): ")
                } catch {
                    self.note(error == .canceled ? "password (none given)" : "password (nobody to ask)")
                    return false
                }
                guard try self.authenticate(password: typed, handle) else { continue }
                secrets.remember(typed, for: name)
                return true
            }
            self.note("password (wrong \(self.options.passwordTries) times)")
            return false
        }
    }

    private func authenticate(
        password: borrowing Passphrase, _ handle: borrowing SessionHandle
    ) throws(HostError) -> Bool {
        let code = try password.withCString { secret throws(HostError) in
            try self.waiter.call(self.operation) {
                libssh2_userauth_password_ex(
                    handle.pointer, self.user, UInt32(self.user.utf8.count), secret,
                    UInt32(secret.map { strlen($0) } ?? 0), nil)
            }
        }
        if code == 0 { return true }
        if code == LIBSSH2_ERROR_PASSWORD_EXPIRED {
            throw self.refused("the password of \(self.user) has expired there; log in once with ssh and change it")
        }
        try self.checkConnection(handle, Int(code), "libssh2_userauth_password_ex", "a password")
        return false
    }

    // MARK: - Errors

    /// A server ends the connection after a number of attempts (`MaxAuthTries`); nothing is left to try then.
    func checkConnection(
        _ handle: borrowing SessionHandle, _ code: Int, _ function: String, _ last: String? = nil
    ) throws(HostError) {
        let error = handle.error(code, function)
        // libssh2 has no code of its own for an answer that never came, only these words.
        guard error.isLostConnection || error.message.hasPrefix("Waiting for") || self.waiter.socket.failure != nil
        else { return }
        let tried = (self.attempts + [last].compactMap { $0 }).joined(separator: ", ")
        throw self.refused("the server ended the connection after \(tried)")
    }

    func refused(_ cause: String) -> HostError {
        self.thread.error(.authenticationRefused, self.operation, cause)
    }

    private func lost(_ error: SSHError) -> HostError {
        self.thread.error(.connectionLost, self.operation, "\(error)")
    }
}
