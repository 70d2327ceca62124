/// Whether the value of a setting is one that its keyword takes.
enum SSHSettingCheck {
    private static let switches: Set = [
        "identitiesonly", "compression", "batchmode", "passwordauthentication", "kbdinteractiveauthentication",
        "challengeresponseauthentication", "hashknownhosts", "tcpkeepalive",
    ]
    private static let words: [String: Set<String>] = [
        "addressfamily": ["any", "inet", "inet6"],
        "stricthostkeychecking": ["yes", "true", "no", "false", "off", "ask", "accept-new"],
        "pubkeyauthentication": ["yes", "true", "no", "false", "unbound", "host-bound"],
        "loglevel": ["quiet", "fatal", "error", "info", "verbose", "debug", "debug1", "debug2", "debug3"],
    ]
    private static let counts: [String: ClosedRange<Int>] = [
        "port": 1...65535, "serveralivecountmax": 0...1_000_000, "numberofpasswordprompts": 0...1000,
    ]
    /// Keywords that take more than one argument.
    private static let lists: Set = [
        "userknownhostsfile", "globalknownhostsfile", "host", "match", "include", "sendenv", "setenv", "localforward",
        "remoteforward", "dynamicforward", "canonicaldomains", "canonicalizepermittedcnames", "rekeylimit", "ipqos",
        "permitremoteopen", "ignoreunknown", "logverbose", "channeltimeout", "protocol", "controlpersist",
    ]

    /// - Throws: `SSHRefusal` that names the setting and its place.
    static func check(_ setting: SSHSetting) throws(SSHRefusal) {
        let (keyword, value) = (setting.keyword, setting.value.lowercased())
        let place = "\(setting.name) (\(setting.origin))"
        if setting.arguments.count > 1, !Self.lists.contains(keyword), SSHKeyword.named(keyword) != nil {
            throw SSHRefusal("\(place) takes one value, not \(setting.arguments.count)")
        }
        if Self.switches.contains(keyword), !["yes", "no", "true", "false"].contains(value) {
            throw SSHRefusal("\(place) takes yes or no, not \"\(setting.value)\"")
        }
        if let words = Self.words[keyword], !words.contains(value) {
            throw SSHRefusal("\(place) takes \(words.sorted().joined(separator: ", ")), not \"\(setting.value)\"")
        }
        if let range = Self.counts[keyword], Int(value).map(range.contains) != true {
            throw SSHRefusal("\(place) takes \(range.lowerBound) to \(range.upperBound), not \"\(setting.value)\"")
        }
        switch keyword {
        case "user": _ = try SSHAddress.user(in: setting.value)
        case "connecttimeout", "serveraliveinterval": _ = try Self.seconds(setting)
        case "proxyjump" where value != "none": try Self.checkJump(setting)
        default: break
        }
    }

    /// A time as `90`, `90s`, `5m` or `1h30m`; `none` and 0 are none.
    static func seconds(_ setting: SSHSetting) throws(SSHRefusal) -> Int? {
        if ["none", "0"].contains(setting.value.lowercased()) { return nil }
        var (total, number) = (0, "")
        for character in setting.value.lowercased() + (setting.value.last?.isNumber == true ? "s" : "") {
            if character.isASCII, character.isNumber, number.count < 7 {
                number.append(character)
                continue
            }
            guard let unit = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800][character], let count = Int(number)
            else { total = 0; break }
            (total, number) = (total + count * unit, "")
        }
        guard total > 0 else {
            throw SSHRefusal("\(setting.name) (\(setting.origin)) takes a time in seconds, not \"\(setting.value)\"")
        }
        return total
    }

    private static func checkJump(_ setting: SSHSetting) throws(SSHRefusal) {
        for hop in setting.value.split(separator: ",", omittingEmptySubsequences: false) {
            let address = hop.hasPrefix("ssh://") ? hop.dropFirst(6) : hop
            do { _ = try SSHAddress(parsing: String(address)) } catch {
                throw SSHRefusal("\(setting.name) (\(setting.origin)): \(error)")
            }
        }
    }
}
