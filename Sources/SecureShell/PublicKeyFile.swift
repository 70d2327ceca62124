internal import FoundationEssentials
internal import SystemPackage

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
