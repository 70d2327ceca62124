internal import Glibc
internal import SystemPackage

/// What `ssh` puts in the place of `%`, `~` and `${...}`. See: man 5 ssh_config, "TOKENS".
struct SSHTokens {
    /// The host as it was typed.
    let typed: String
    let destination: SSHDestination
    /// `HostKeyAlias`, else the host.
    let keyHost: String

    /// Every token but `%C`, `%j`, `%f`, `%H`, `%I`, `%K`, `%t` and `%T`, which make no sense where files are named or
    /// which only `ssh` can tell; `nil` for those.
    private func value(of token: Character) -> String? {
        switch token {
        case "%": "%"
        case "d": "\(UserHome.path)"
        case "h": self.destination.host
        case "i": "\(getuid())"
        case "k": self.keyHost
        case "L": String(Self.localName.prefix { $0 != "." })
        case "l": Self.localName
        case "n": self.typed
        case "p": "\(self.destination.port)"
        case "r": self.destination.user
        case "u": UserHome.name
        default: nil
        }
    }

    private static var localName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "localhost" }
    }

    /// `HostName` knows `%h`, the host as it was typed, and `%%`.
    static func hostName(_ text: String, typed: String, _ setting: SSHSetting) throws(SSHRefusal) -> String {
        try Self.replaced(text, setting) { ["%": "%", "h": typed][$0] }
    }

    /// A path with `~`, `${NAME}` and tokens replaced.
    ///
    /// - Parameters:
    ///   - text: as it was written.
    ///   - tokens: `nil` where none are known.
    ///   - setting: for messages.
    /// - Returns: absolute, unless a relative one was written.
    /// - Throws: `SSHRefusal` for a token or a variable that is not there.
    static func path(_ text: String, tokens: SSHTokens?, _ setting: SSHSetting) throws(SSHRefusal) -> FilePath {
        var text = try Self.variables(text, setting)
        if let tokens { text = try Self.replaced(text, setting) { tokens.value(of: $0) } }
        guard text.hasPrefix("~") else { return FilePath(text) }
        let user = text.dropFirst().prefix { $0 != "/" }
        guard let home = user.isEmpty ? UserHome.path : UserHome.path(of: String(user)) else {
            throw SSHRefusal("\(setting.name) (\(setting.origin)): there is no user \(user)")
        }
        let rest = text.dropFirst(1 + user.count).drop { $0 == "/" }
        return rest.isEmpty ? home : home.pushing(FilePath(String(rest)))
    }

    private static func replaced(
        _ text: String, _ setting: SSHSetting, _ value: (Character) -> String?
    ) throws(SSHRefusal) -> String {
        var result = ""
        var rest = text[...]
        while let next = rest.popFirst() {
            guard next == "%" else {
                result.append(next)
                continue
            }
            guard let token = rest.popFirst(), let value = value(token) else {
                throw SSHRefusal("\(setting.name) (\(setting.origin)): a % in \"\(text)\" that is not known here")
            }
            result += value
        }
        return result
    }

    private static func variables(_ text: String, _ setting: SSHSetting) throws(SSHRefusal) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            guard let value = getenv(name) else {
                throw SSHRefusal("\(setting.name) (\(setting.origin)): there is no environment variable \(name)")
            }
            result += rest[..<start.lowerBound] + String(cString: value)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
