/// A pattern of ssh: `*` stands for any bytes and `?` for one. See: man 5 ssh_config, "PATTERNS".
enum SSHPattern {
    /// Whether one of the patterns matches and no negated one does.
    ///
    /// - Parameters:
    ///   - patterns: each may begin with `!`.
    ///   - name: compared byte for byte.
    /// - Returns: whether they speak of the name.
    static func anyMatches(_ patterns: [some StringProtocol], _ name: String) -> Bool {
        var isMatched = false
        for pattern in patterns {
            let isNegated = pattern.hasPrefix("!")
            guard self.matches(String(pattern.dropFirst(isNegated ? 1 : 0)), name) else { continue }
            if isNegated { return false }
            isMatched = true
        }
        return isMatched
    }

    /// The last star is taken back on a mismatch, so time is bounded.
    static func matches(_ pattern: String, _ name: String) -> Bool {
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
