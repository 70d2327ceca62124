/// A list of algorithms as ssh_config(5) takes it: the whole list, or what changes in the usual one.
struct AlgorithmList: Hashable {
    /// Such as `aes128-ctr,aes256-ctr`, `+ssh-rsa`, `-*cbc` or `^aes256-ctr`.
    let text: String

    /// - Parameter usual: what is offered where nothing else is said, the best first.
    /// - Returns: what is to be offered; it may name algorithms that libssh2 does not have.
    func applied(to usual: [String]) -> [String] {
        let names = self.text.drop { "+-^".contains($0) }.split(separator: ",").map(String.init)
        switch self.text.first {
        case "+": return usual + names.filter { !usual.contains($0) }
        case "-": return usual.filter { !SSHPattern.anyMatches(names, $0) }
        case "^": return names + usual.filter { !names.contains($0) }
        default: return names
        }
    }
}
