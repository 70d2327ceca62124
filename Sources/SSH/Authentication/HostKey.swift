internal import CLibSSH2
internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// The key that a host showed.
struct HostKey: Hashable {
    /// As in known_hosts, such as `ssh-ed25519`.
    let algorithm: String
    /// The key in base64, as in known_hosts.
    let base64: String
    /// As `ssh` and `ssh-keygen -l` print it: `SHA256:` and base64 without padding.
    let fingerprint: String

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

/// A key that becomes known now, because `StrictHostKeyChecking` says so.
struct NewKnownHost {
    let name: String
    let key: HostKey
    /// `HashKnownHosts`.
    let isHashed: Bool

    /// Adds a line at the end of the file, which is made if it is not there; its folder has to be.
    ///
    /// - Throws: `SSHRefusal` that names the file.
    func add(to file: FilePath) throws(SSHRefusal) {
        let line = "\(self.writtenName) \(self.key.algorithm) \(self.key.base64)\n"
        let descriptor = open(file.string, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.failure(file) }
        defer { close(descriptor) }
        // One write, so that two sessions that add at once do not mix their lines; a last line without its end gets it.
        var last: UInt8 = 0
        let size = lseek(descriptor, 0, SEEK_END)
        let isOpenEnded = size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
        let bytes = Array(((isOpenEnded ? "\n" : "") + line).utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw self.failure(file) }
    }

    private func failure(_ file: FilePath) -> SSHRefusal {
        SSHRefusal("its new key cannot be added to \(file): \(Errno(rawValue: errno))")
    }

    /// `|1|salt|hash`, both in base64; the hash is HMAC-SHA1 of the name. See: man 8 sshd.
    private var writtenName: String {
        guard self.isHashed else { return self.name }
        let salt = Data((0..<20).map { _ in UInt8.random(in: .min ... .max) })
        let hash = HMAC<Insecure.SHA1>.authenticationCode(for: Data(self.name.utf8), using: SymmetricKey(data: salt))
        return "|1|\(salt.base64EncodedString())|\(Data(hash).base64EncodedString())"
    }
}
