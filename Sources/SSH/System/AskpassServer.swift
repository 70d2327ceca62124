internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// Answers the questions of one run of the system's `ssh`. `ssh` runs `AskpassProgram` as its `SSH_ASKPASS`, which
/// connects to this server's socket: so one process asks the person, and never twice for the same.
final class AskpassServer: Sendable {
    /// The environment variable with the path of the socket.
    static let variable = "VZMIGRATE_ASK"

    private let options: SSHOptions
    private let folder: String
    private let listener: Int32
    /// The prompts that were answered in this run of `ssh`. One that comes again had a wrong answer.
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

    /// This process's own environment, with the variables that let `ssh` ask the server.
    ///
    /// - Parameter askpass: `nil` lets `ssh` ask nobody.
    /// - Returns: lines of `NAME=value`.
    static func environment(_ askpass: AskpassServer?) -> [String] {
        let others = SecretQuestion.environment.filter {
            !$0.hasPrefix("SSH_ASKPASS") && !$0.hasPrefix("\(Self.variable)=")
        }
        guard let askpass, let program = askpass.options.askpassProgram else { return others }
        // OpenSSH before 8.4 runs the program only where there is a display.
        let display = others.contains { $0.hasPrefix("DISPLAY=") } ? [] : ["DISPLAY=-"]
        return others + display
            + ["SSH_ASKPASS=\(program)", "SSH_ASKPASS_REQUIRE=force", "\(Self.variable)=\(askpass.path)"]
    }

    /// Ends the server and removes its socket.
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

    /// A question is a letter and a text: `n` stands before a notice that takes no answer.
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

    /// Whether the answer holds for the next connection too. One-time codes and PINs do not, and would cost it a try.
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

/// What `ssh` runs as `SSH_ASKPASS`: this very program, which hands the question to the `AskpassServer`.
package enum AskpassProgram {
    /// Asks, prints the answer and ends the process, if it was started as `SSH_ASKPASS`; returns if not.
    ///
    /// - Parameter arguments: of the process.
    package static func runIfAsked(_ arguments: [String]) {
        guard let path = getenv(AskpassServer.variable), arguments.count == 2 else { return }
        exit(Self.ask(arguments[1], at: String(cString: path)) ? 0 : 1)
    }

    private static func ask(_ prompt: String, at path: String) -> Bool {
        let isNotice = getenv("SSH_ASKPASS_PROMPT").map { String(cString: $0) } == "none"
        let descriptor = LocalSocket.make()
        let question = Array(((isNotice ? "n" : "?") + prompt).utf8)
        guard LocalSocket.connect(descriptor, to: path),
            send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
        else { return false }
        shutdown(descriptor, Int32(SHUT_WR))
        guard let answer = LocalSocket.readAll(descriptor) else { return false }
        // `ssh` ends the program that shows a notice.
        if isNotice { while true { pause() } }
        guard answer.first == UInt8(ascii: "+") else { return false }
        let line = answer.dropFirst() + [0x0a]
        return write(1, Array(line), line.count) == line.count
    }
}

/// Stream sockets with a path: that of ssh-agent, and that of the `AskpassServer`.
enum LocalSocket {
    static func make() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }

    static func listen(_ descriptor: Int32, at path: String) -> Bool {
        Self.withAddress(path) { bind(descriptor, $0, $1) } == 0 && Glibc.listen(descriptor, 8) == 0
    }

    static func connect(_ descriptor: Int32, to path: String) -> Bool {
        Self.withAddress(path) { Glibc.connect(descriptor, $0, $1) } == 0
    }

    /// Everything until the other side ends, at most 64 KiB; `nil` where it breaks.
    static func readAll(_ descriptor: Int32) -> [UInt8]? {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while all.count < 64 << 10 {
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count == 0 ? all : nil }
            all += bytes[..<count]
        }
        return all
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
