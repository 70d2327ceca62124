internal import SystemPackage

/// One entry of a known_hosts file. See: man 8 sshd, "SSH_KNOWN_HOSTS FILE FORMAT".
struct KnownHostsLine: Hashable {
    enum Marker: String, Hashable {
        case revoked = "@revoked"
        case certificateAuthority = "@cert-authority"
    }

    let marker: Marker?
    /// Patterns with commas between them, or one hashed name.
    let names: String
    let algorithm: String
    let base64: String
    let file: FilePath
    /// From 1.
    let number: Int

    /// Takes a line apart; `nil` for a comment, an empty line or one that is not an entry.
    ///
    /// - Parameters:
    ///   - text: without the line's end.
    ///   - file: where it stands.
    ///   - number: of the line, from 1.
    init?(parsing text: Substring, file: FilePath, number: Int) {
        var fields = text.split(maxSplits: 4, whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })[...]
        guard let first = fields.first, !first.hasPrefix("#") else { return nil }
        if first.hasPrefix("@") {
            guard let marker = Marker(rawValue: String(first)) else { return nil }
            self.marker = marker
            fields = fields.dropFirst()
        } else {
            self.marker = nil
        }
        guard fields.count >= 3 else { return nil }
        let start = fields.startIndex
        self.names = String(fields[start])
        self.algorithm = String(fields[start + 1])
        self.base64 = String(fields[start + 2])
        self.file = file
        self.number = number
    }

    /// Whether the entry speaks of a host: one pattern matches and no negated one does.
    ///
    /// - Parameters:
    ///   - name: in lower case, `[host]:port` where the port is not 22.
    ///   - matcher: for hashed names.
    /// - Returns: whether it does.
    func speaks(of name: String, _ matcher: HashedNameMatcher) -> Bool {
        if self.names.hasPrefix("|") { return matcher.matches(self.names, name) }
        let patterns = self.names.lowercased().split(separator: ",")
        if patterns.contains(where: { $0.hasPrefix("!") && Self.matches($0.dropFirst(), name) }) { return false }
        return patterns.contains { Self.matches($0, name) }
    }

    /// `*` stands for any bytes and `?` for one. The last star is taken back on a mismatch, so time is bounded.
    /// Not fnmatch(3), to which the brackets of `[host]:port` mean a choice of letters.
    private static func matches(_ pattern: Substring, _ name: String) -> Bool {
        var (glob, name) = (Array(pattern.utf8)[...], Array(name.utf8)[...])
        var star: (glob: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while let byte = name.first {
            if glob.first == UInt8(ascii: "*") {
                glob = glob.dropFirst()
                star = (glob, name)
            } else if let wanted = glob.first, wanted == byte || wanted == UInt8(ascii: "?") {
                glob = glob.dropFirst()
                name = name.dropFirst()
            } else if let last = star {
                star = (last.glob, last.name.dropFirst())
                (glob, name) = (last.glob, last.name.dropFirst())
            } else {
                return false
            }
        }
        return glob.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
