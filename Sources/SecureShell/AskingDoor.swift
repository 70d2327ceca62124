internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// Where a run of the system's `ssh` asks for what it needs to know. It runs our own program in the place of
/// `SSH_ASKPASS`, and that one asks here, over a socket that only this user can reach: so one process asks the person,
/// and never twice for the same.
final class AskingDoor: Sendable {
    /// The environment variable with the path of the socket.
    static let variable = "VZMIGRATE_ASK"

    private let options: SSHOptions
    private let folder: String
    private let listener: Int32
    /// The prompts that this run of `ssh` has already had an answer to: asked again, the answer was wrong.
    private let answered = Mutex<Set<String>>([])

    init(_ options: SSHOptions) throws {
        self.options = options
        var template = Array("/tmp/vzmigrate-ask-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        self.folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.listener = LocalSocket.make()
        guard LocalSocket.listen(self.listener, at: "\(self.folder)/socket") else {
            let error = Errno(rawValue: errno)
            rmdir(self.folder)
            throw error
        }
        startThread(named: "ask") { [self] in self.serve() }
    }

    private var path: String { "\(self.folder)/socket" }

    /// This process's own environment, in which `ssh` asks at the door; without one it asks nobody.
    static func environment(_ door: AskingDoor?) -> [String] {
        let others = SecretQuestion.environment.filter {
            !$0.hasPrefix("SSH_ASKPASS") && !$0.hasPrefix("\(Self.variable)=")
        }
        guard let door, let program = door.options.askingProgram else { return others }
        // Before OpenSSH 8.4 a display has to be there.
        let display = others.contains { $0.hasPrefix("DISPLAY=") } ? [] : ["DISPLAY=-"]
        return others + display
            + ["SSH_ASKPASS=\(program)", "SSH_ASKPASS_REQUIRE=force", "\(Self.variable)=\(door.path)"]
    }

    /// Takes no more questions.
    ///
    /// - Parameter isRefused: whether what was answered was wrong.
    func close(forgetting isRefused: Bool) {
        if isRefused { for prompt in self.answered.withLock({ $0 }) { self.options.secrets.forget(prompt) } }
        shutdown(self.listener, Int32(SHUT_RDWR))
        unlink(self.path)
        rmdir(self.folder)
    }

    // MARK: - Its thread

    private func serve() {
        defer { Glibc.close(self.listener) }
        while true {
            let client = accept(self.listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            self.answer(client)
            Glibc.close(client)
        }
    }

    /// A question is a line of text after a letter: `n` for one that only tells something.
    private func answer(_ client: Int32) {
        guard let question = LocalSocket.readAll(client), let kind = question.first else { return }
        let prompt = String(decoding: question.dropFirst(), as: UTF8.self)
        if kind == UInt8(ascii: "n") {
            self.options.say?(prompt)
            return
        }
        guard let secret = self.secret(prompt) else { return }
        secret.withCString { text in
            guard let text else { return }
            _ = send(client, "+", 1, Int32(MSG_NOSIGNAL))
            _ = send(client, text, strlen(text), Int32(MSG_NOSIGNAL))
        }
    }

    /// A code that holds once is no answer for the next connection, and would cost it a try.
    private static func isLasting(_ prompt: String) -> Bool {
        prompt.hasPrefix("Enter passphrase ") || prompt.hasSuffix("'s password: ")
    }

    private func secret(_ prompt: String) -> Passphrase? {
        let isFirst = self.answered.withLock { $0.insert(prompt).inserted }
        return self.options.secrets.asking { () -> Passphrase? in
            if isFirst, let known = self.options.secrets.secret(for: prompt) { return known }
            guard let typed = try? SecretQuestion(self.options).ask("\(isFirst ? "" : "Wrong. ")\(prompt)") else {
                return nil
            }
            if Self.isLasting(prompt) { self.options.secrets.remember(typed, for: prompt) }
            return typed
        }
    }
}
