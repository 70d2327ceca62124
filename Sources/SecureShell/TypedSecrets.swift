internal import Synchronization

/// The passphrases and passwords that were typed and accepted: every further session of this process uses them again,
/// so that nobody is asked a second time, least of all while a container stands still.
///
/// They are in memory until the process ends, as in ssh-agent, and nowhere else.
package final class TypedSecrets: Sendable {
    private let typed = Mutex<[String: [CChar]]>([:])
    /// Held by whoever asks: two sessions that open at once ask one after the other, and the second finds the answer.
    private let turn = Mutex(())

    package init() {}

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
