internal import Synchronization
internal import SystemPackage

/// The passphrases that were typed and opened their keys: every further session of this process uses them again, so
/// that nobody is asked a second time, least of all while a container stands still.
///
/// They are in memory until the process ends, as in ssh-agent, and nowhere else.
package final class TypedPassphrases: Sendable {
    private let typed = Mutex<[FilePath: [CChar]]>([:])

    package init() {}

    /// `nil` for a key whose passphrase has not been typed yet.
    func passphrase(of key: FilePath) -> Passphrase? {
        guard let bytes = self.typed.withLock({ $0[key] }) else { return nil }
        return Passphrase(bytes)
    }

    /// Keeps one that has opened its key.
    func remember(_ passphrase: borrowing Passphrase, of key: FilePath) {
        let bytes = passphrase.bytes
        self.typed.withLock { $0[key] = bytes }
    }
}
