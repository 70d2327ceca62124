internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Reads files in the format of ssh_config(5) for one host: collects the settings of all lines that speak of it, in
/// their order, so that the first value of a keyword is the one that counts.
struct SSHConfigurationReader {
    /// As deep as `ssh` follows `Include`.
    private static let depthBound = 16

    /// The host as it was typed.
    let host: String
    /// What is known so far; the command line's come first.
    private(set) var settings: [SSHSetting]
    /// What only the system's `ssh` can decide, such as `Match exec`.
    private(set) var undecided: [String] = []
    /// Every keyword that was met, in lower case, under whatever `Host` and `Match`.
    private(set) var mentioned: Set<String> = []
    /// Patterns of keywords that are passed over where nobody knows them (`IgnoreUnknown`).
    private var ignored: [String] = []

    init(host: String, settings: [SSHSetting]) {
        self.host = host
        self.settings = settings
    }

    /// Reads a file; one that is not there is passed over unless it must be.
    ///
    /// - Parameters:
    ///   - file: absolute.
    ///   - folder: where an `Include` without a `/` is looked for.
    ///   - isUsers: whether nobody else may be able to write it.
    ///   - mustExist: whether its absence is an error.
    /// - Throws: `SSHRefusal` that names the file and the line.
    mutating func read(
        _ file: FilePath, includesFrom folder: FilePath, isUsers: Bool, mustExist: Bool
    ) throws(SSHRefusal) {
        var isActive = true
        try self.read(file, Surroundings(folder: folder, isUsers: isUsers, depth: 0), &isActive, mustExist: mustExist)
    }

    /// What a file and those that it includes have in common.
    private struct Surroundings {
        let folder: FilePath
        let isUsers: Bool
        var depth: Int
    }

    private mutating func read(
        _ file: FilePath, _ around: Surroundings, _ isActive: inout Bool, mustExist: Bool
    ) throws(SSHRefusal) {
        guard around.depth <= Self.depthBound else { throw SSHRefusal("\(file): Include goes too deep") }
        guard let text = try Self.text(of: file, isUsers: around.isUsers) else {
            if mustExist {
                throw SSHRefusal("the configuration file \(file) cannot be read: \(Errno(rawValue: errno))")
            }
            return
        }
        for (number, line) in Self.lines(of: text).enumerated() {
            let origin = SSHSetting.Origin.file(file, line: number + 1)
            guard let setting = try SSHSetting.parse(line, origin) else { continue }
            try self.take(setting, around, &isActive)
        }
    }

    /// To Swift, CR and LF are one character.
    private static func lines(of text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// - Returns: `nil` where the file is not there or may not be read, and `errno` says why.
    private static func text(of file: FilePath, isUsers: Bool) throws(SSHRefusal) -> String? {
        var status = stat()
        guard stat(file.string, &status) == 0 else { return nil }
        if isUsers, status.st_uid != 0 && status.st_uid != getuid() || status.st_mode & 0o022 != 0 {
            throw SSHRefusal("\(file): others than its owner may write it, or it is somebody else's: `chmod go-w` it")
        }
        guard access(file.string, R_OK) == 0, let data = try? Data(contentsOf: URL(filePath: file.string)) else {
            return nil
        }
        return String(decoding: data, as: UTF8.self)
    }

    private mutating func take(
        _ setting: SSHSetting, _ around: Surroundings, _ isActive: inout Bool
    ) throws(SSHRefusal) {
        self.mentioned.insert(setting.keyword)
        switch setting.keyword {
        case "host": isActive = SSHPattern.anyMatches(setting.arguments, self.host)
        case "match": isActive = try self.matches(setting)
        case "include": try self.include(setting, around, isActive)
        case let keyword where isActive:
            if keyword == "ignoreunknown", self.ignored.isEmpty {
                self.ignored = setting.arguments.flatMap { $0.split(separator: ",").map { $0.lowercased() } }
            }
            try self.add(setting)
        default: break
        }
    }

    private mutating func add(_ setting: SSHSetting) throws(SSHRefusal) {
        if SSHKeyword.named(setting.keyword) == nil {
            if SSHPattern.anyMatches(self.ignored, setting.keyword) { return }
            self.undecided.append("\(setting.name) (\(setting.origin))")
            return
        }
        try SSHSettingCheck.check(setting)
        self.settings.append(setting)
    }

    // MARK: - Include

    /// Under a `Host` or `Match` that does not hold, nothing of the included files holds either.
    private mutating func include(
        _ setting: SSHSetting, _ around: Surroundings, _ isActive: Bool
    ) throws(SSHRefusal) {
        guard isActive else { return }
        var below = around
        below.depth += 1
        for pattern in setting.arguments {
            let path = try SSHTokens.path(pattern, tokens: nil, setting)
            for file in Self.files(path.isAbsolute ? path : around.folder.pushing(path)) {
                var isActive = true
                try self.read(file, below, &isActive, mustExist: false)
            }
        }
    }

    /// In the order of their names, as glob(3) has them.
    private static func files(_ pattern: FilePath) -> [FilePath] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern.string, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { FilePath(platformString: $0) } }
    }

    // MARK: - Match

    /// The host name and the user as far as they are known when the line is met.
    private func first(_ keyword: String) -> String? { self.settings.first { $0.keyword == keyword }?.value }

    private mutating func matches(_ setting: SSHSetting) throws(SSHRefusal) -> Bool {
        var words = setting.arguments[...]
        var isMatched = true
        while let word = words.popFirst() {
            let isNegated = word.hasPrefix("!")
            var (name, value) = (String(isNegated ? word.dropFirst() : word[...]).lowercased(), String?.none)
            if let equals = name.firstIndex(of: "=") {
                value = String(word.drop { $0 != "=" }.dropFirst())
                name = String(name[..<equals])
            }
            if ["all", "canonical", "final"].contains(name) {
                if name != "all" { isMatched = isMatched && isNegated }
                // A second reading, for which `final` asks, is `ssh`'s own.
                if name == "final" { self.undecided.append("Match final (\(setting.origin))") }
                continue
            }
            guard let argument = value ?? words.popFirst() else {
                throw SSHRefusal("\(setting.origin): Match \(name) needs a value")
            }
            guard isMatched else { continue }
            isMatched = try self.holds(name, argument, setting) != isNegated
        }
        return isMatched
    }

    /// What only `ssh` can find out counts as not holding, and makes `ssh` carry the connection.
    private mutating func holds(_ name: String, _ list: String, _ setting: SSHSetting) throws(SSHRefusal) -> Bool {
        let patterns = list.split(separator: ",")
        switch name {
        case "host":
            let real = try self.first("hostname").map { name throws(SSHRefusal) in
                try SSHTokens.hostName(name, typed: self.host, setting)
            }
            return SSHPattern.anyMatches(patterns, real ?? self.host)
        case "originalhost": return SSHPattern.anyMatches(patterns, self.host)
        case "user": return SSHPattern.anyMatches(patterns, self.first("user") ?? UserHome.name)
        case "localuser": return SSHPattern.anyMatches(patterns, UserHome.name)
        case "exec", "localnetwork", "tagged", "version", "sessiontype", "command":
            self.undecided.append("Match \(name) (\(setting.origin))")
            return false
        default: throw SSHRefusal("\(setting.origin): Match knows no \"\(name)\"")
        }
    }
}
