internal import FoundationEssentials
internal import Glibc

extension JournalSession {
    /// This process, as the system tells it now.
    static func current(toolVersion: String, sqliteVersion: String) -> JournalSession {
        let login = Self.loginUserID()
        return JournalSession(
            processID: Int64(getpid()), startedTicks: Self.startedTicks(), userID: Int64(getuid()),
            effectiveUserID: Int64(geteuid()), loginUserID: login,
            userName: Self.name(ofUser: login.map { uid_t(truncatingIfNeeded: $0) } ?? getuid()),
            hostName: Self.systemName { $0.nodename }, sshClient: Self.environment("SSH_CONNECTION"),
            argumentsDigest: ChainDigest.ofBytes(Self.contents("/proc/self/cmdline") ?? []),
            toolVersion: toolVersion, kernelRelease: Self.systemName { $0.release }, sqliteVersion: sqliteVersion,
            time: .now())
    }

    /// `nil` for 4294967295, "not set". See: 'man 5 proc', /proc/pid/loginuid.
    private static func loginUserID() -> Int64? {
        guard let bytes = Self.contents("/proc/self/loginuid") else { return nil }
        guard let uid = Int64(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber }) else { return nil }
        return uid == Int64(UInt32.max) ? nil : uid
    }

    /// Field 22 of /proc/self/stat. The second field is in parentheses and may hold blanks.
    private static func startedTicks() -> Int64? {
        guard let bytes = Self.contents("/proc/self/stat") else { return nil }
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        return fields.count > 19 ? Int64(String(decoding: fields[19], as: UTF8.self)) : nil
    }

    private static func name(ofUser uid: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name
        else { return "\(uid)" }
        return String(cString: name)
    }

    private static func systemName<Field>(_ field: (utsname) -> Field) -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: field(name)) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func contents(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) }
    }
}
