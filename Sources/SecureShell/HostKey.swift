internal import CLibSSH2
internal import FoundationEssentials

/// The key that a host showed.
struct HostKey: Hashable {
    /// As in known_hosts, such as `ssh-ed25519`.
    let algorithm: String
    /// The key in base64, as in known_hosts.
    let base64: String
    /// As `ssh` and `ssh-keygen -l` print it: `SHA256:` and base64 without padding.
    let fingerprint: String

    init(algorithm: String, base64: String, fingerprint: String) {
        self.algorithm = algorithm
        self.base64 = base64
        self.fingerprint = fingerprint
    }

    /// Reads the key of a session after the handshake; `nil` when there is none.
    ///
    /// - Parameter session: a `LIBSSH2_SESSION *`.
    init?(of session: OpaquePointer) {
        var count = 0
        var type: Int32 = 0
        guard let bytes = libssh2_session_hostkey(session, &count, &type),
            let hash = libssh2_hostkey_hash(session, LIBSSH2_HOSTKEY_HASH_SHA256)
        else { return nil }
        let blob = [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
        // A key begins with the length and the text of its algorithm. See: RFC 4253, 6.6.
        let length = blob.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard blob.count >= 4, length <= blob.count - 4 else { return nil }
        self.algorithm = String(decoding: blob[4..<4 + length], as: UTF8.self)
        self.base64 = Data(blob).base64EncodedString()
        let digest = Data(UnsafeRawBufferPointer(start: hash, count: 32)).base64EncodedString()
        self.fingerprint = "SHA256:" + digest.prefix { $0 != "=" }
    }
}
