internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// A private key in a file, seen from outside: whether it is there and whether it needs a passphrase.
struct PrivateKeyFile {
    /// The files that `ssh` tries too; those of security keys only that can use.
    static var usual: [FilePath] {
        ["id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk"].map { name in
            UserHome.path.appending(".ssh").appending(name)
        }
    }

    let path: FilePath
    let isEncrypted: Bool
    /// Whether it is (as far as its look tells) an RSA key.
    let isRSA: Bool

    /// Why only the system's `ssh` can use it, such as `the security key`; `nil` where libssh2 can.
    let onlyForProgram: String?
    /// Whether a certificate lies beside it, which `ssh` would show.
    let hasCertificate: Bool

    /// Looks at a file; `nil` when it cannot be read or holds no private key.
    ///
    /// - Parameter path: of the private key.
    init?(at path: FilePath) {
        guard let data = try? Data(contentsOf: URL(filePath: path.string)) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // What is no private key at all may still name one that ssh-agent has.
        guard text.contains("PRIVATE KEY-----") else { return nil }
        let opened = Self.openSSHBody(of: text)
        self.path = path
        self.isEncrypted = opened.map(Self.isEncrypted) ?? text.contains("ENCRYPTED")
        self.isRSA = opened.map { $0.firstRange(of: Data("ssh-rsa".utf8)) != nil } ?? text.contains("RSA PRIVATE KEY")
        self.onlyForProgram = Self.isSecurityKey(opened) ? "the security key" : nil
        self.hasCertificate = access("\(path)-cert.pub", R_OK) == 0
    }

    private static func isSecurityKey(_ body: Data?) -> Bool {
        ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"]
            .contains { body?.firstRange(of: Data($0.utf8)) != nil }
    }

    private static func openSSHBody(of text: String) -> Data? {
        guard text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        return Data(base64Encoded: lines.joined())
    }

    /// After the magic comes the name of the cipher, with its length: `none` for a key in plain.
    /// See: PROTOCOL.key of OpenSSH.
    private static func isEncrypted(_ body: Data) -> Bool {
        let plain = Data("openssh-key-v1".utf8) + [0, 0, 0, 0, 4] + Data("none".utf8)
        return body.prefix(plain.count) != plain
    }
}

/// Public keys beside private ones: what ssh-agent is asked for first, and alone with `IdentitiesOnly`.
enum PublicKeyFile {
    /// The keys in base64 of `<path>.pub`, or of the path where it is a public key itself, each once.
    static func keys(of paths: [FilePath]) -> [String] {
        paths.flatMap { [Self.key(in: "\($0).pub"), Self.key(in: "\($0)")].compactMap { $0 } }
            .reduce(into: []) { keys, key in if !keys.contains(key) { keys.append(key) } }
    }

    private static func key(in path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        let words = String(decoding: data, as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].contains("-"), !words[0].hasPrefix("-") else { return nil }
        return String(words[1].prefix { !$0.isWhitespace })
    }

    /// A key as ssh-agent has it, in base64.
    static func base64(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
        Data(UnsafeRawBufferPointer(start: bytes, count: count)).base64EncodedString()
    }
}
