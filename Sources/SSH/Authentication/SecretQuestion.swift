internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// Asks a person for a secret: on the terminal, or through the program that `SSH_ASKPASS` names, as `ssh` chooses
/// between them. See: man 1 ssh, "ENVIRONMENT".
struct SecretQuestion {
    /// Why there is no answer.
    enum Silence: Error, Hashable {
        /// Nobody can be asked.
        case nobodyThere
        /// Whoever was asked gave none.
        case canceled
    }

    let terminal: FilePath
    /// `BatchMode`.
    let isBatch: Bool
    private let secrets: TypedSecrets

    init(_ options: SSHOptions) {
        self.secrets = options.secrets
        self.terminal = options.terminal
        self.isBatch = options.isBatch
    }

    /// Whether somebody can be asked.
    var canAsk: Bool { !self.isBatch && (self.program != nil || self.hasTerminal) }

    private var hasTerminal: Bool {
        let descriptor = self.terminal.withPlatformString { open($0, O_RDWR | O_NOCTTY | O_CLOEXEC) }
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    /// The program of `SSH_ASKPASS` where it is to be used.
    private var program: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let program = variable("SSH_ASKPASS") else { return nil }
        switch variable("SSH_ASKPASS_REQUIRE")?.lowercased() {
        case "never": return nil
        case "force", "prefer": return program
        default:
            let hasDisplay = variable("DISPLAY") != nil || variable("WAYLAND_DISPLAY") != nil
            return hasDisplay && !self.hasTerminal ? program : nil
        }
    }

    /// - Parameter prompt: such as `root@node2's password: `.
    /// - Returns: what was typed.
    /// - Throws: why there is no answer.
    func ask(_ prompt: String) throws(Silence) -> Passphrase {
        guard self.canAsk else { throw .nobodyThere }
        if let program = self.program { return try Self.ask(program, prompt) }
        do throws(Errno) {
            return try Passphrase.ask(prompt, on: self.terminal, interrupted: self.secrets.interrupt)
        } catch {
            throw error == .canceled ? .canceled : .nobodyThere
        }
    }

    /// The answer is the first line of what the program prints; anything but status 0 is none.
    private static func ask(_ program: String, _ prompt: String) throws(Silence) -> Passphrase {
        var asked = HostProgram(program, [prompt])
        asked.environment = Self.environment
        let result: CommandResult
        do throws(HostProgramError) { result = try asked.run() } catch { throw .nobodyThere }
        guard result.succeeded else { throw .canceled }
        let line = result.standardOutput.prefix { $0 != 0x0a && $0 != 0x0d && $0 != 0 }
        return Passphrase(line.map { CChar(bitPattern: $0) })
    }

    /// This process's own environment, for programs that speak with the user or for the user.
    static var environment: [String] {
        sequence(state: environ) { pointer in
            defer { pointer += 1 }
            return pointer.pointee.map { String(cString: $0) }
        }.map { $0 }
    }
}

/// The passphrases and passwords that were typed and accepted: every further session of this process uses them again,
/// so that nobody is asked a second time, least of all while a container stands still.
///
/// They are in memory until the process ends, as in ssh-agent, and nowhere else.
package final class TypedSecrets: Sendable {
    private let typed = Mutex<[String: [CChar]]>([:])
    /// Held while a person thinks: two sessions that open at once ask one after the other, and the second finds the
    /// answer.
    private let turn = Mutex(())

    private let interruption = Mutex<@Sendable () -> Void>({})

    package init() {}

    /// - Parameter heard: called when somebody answers a question with ^C, before the question is over.
    package func whenInterrupted(_ heard: @escaping @Sendable () -> Void) { self.interruption.withLock { $0 = heard } }

    fileprivate func interrupt() { self.interruption.withLock(\.self)() }

    /// What was typed for a name.
    ///
    /// - Parameter name: what it is for: the path of a key, `root@node2's password`, a prompt of `ssh`.
    /// - Returns: a copy; `nil` for one that has not been typed yet.
    func secret(for name: String) -> Passphrase? {
        guard let bytes = self.typed.withLock({ $0[name] }) else { return nil }
        return Passphrase(bytes)
    }

    func isKnown(_ name: String) -> Bool { self.typed.withLock { $0[name] != nil } }

    /// Keeps one that was accepted.
    func remember(_ secret: borrowing Passphrase, for name: String) {
        let bytes = secret.bytes
        self.typed.withLock { $0[name] = bytes }
    }

    func forget(_ name: String) { self.typed.withLock { $0[name] = nil } }

    /// Runs what asks, while nobody else does. It must not call this again.
    func asking<R: ~Copyable & Sendable, E>(_ body: () throws(E) -> R) throws(E) -> R {
        try self.turn.withLock { _ throws(E) in try body() }
    }
}
