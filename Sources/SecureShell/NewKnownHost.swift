internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

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
