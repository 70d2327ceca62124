internal import CLibSSH2
internal import Glibc

extension Authentication {
    /// Asks for the password of the account, and again where it was wrong. One that was typed for an earlier session is
    /// tried first.
    ///
    /// - Returns: whether the server let us in.
    func tryPassword(_ handle: borrowing SessionHandle) throws(HostError) -> Bool {
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
}
