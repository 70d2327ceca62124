/// Where a session leads: the account, the host and the port.
package struct SSHDestination: Hashable, Sendable, CustomStringConvertible {
    package let user: String
    /// A name or an address; an IPv6 address stands without its brackets.
    package let host: String
    package let port: UInt16

    /// What the operator typed, before any configuration: root, and port 22, where nothing else was said.
    ///
    /// - Throws: `SSHRefusal` with a sentence that says what is wrong. It never repeats a password.
    package init(parsing text: String) throws(SSHRefusal) {
        let address = try SSHAddress(parsing: text)
        self.init(user: address.user ?? "root", host: address.host, port: address.port ?? 22)
    }

    /// Names a place that is known to be well formed.
    ///
    /// - Parameters:
    ///   - user: the account.
    ///   - host: a name, or an address without brackets.
    ///   - port: of the server.
    package init(user: String = "root", host: String, port: UInt16 = 22) {
        self.user = user
        self.host = host
        self.port = port
    }

    /// `user@host`, with the port where it is not 22.
    package var description: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == 22 ? "\(self.user)@\(host)" : "\(self.user)@\(host):\(self.port)"
    }
}

/// `[user@]host[:port]` as it was typed: what was left out is left to the configuration of ssh.
package struct SSHAddress: Hashable, Sendable {
    package let user: String?
    /// A name or an address; an IPv6 address stands without its brackets.
    package let host: String
    package let port: UInt16?

    /// Takes apart `[user@]host`, `[user@]host:port`, `[user@][address]` and `[user@][address]:port`.
    ///
    /// More than one colon outside of brackets make the whole an IPv6 address.
    ///
    /// - Parameter text: what the operator typed.
    /// - Throws: `SSHRefusal` with a sentence that says what is wrong. It never repeats a password.
    package init(parsing text: String) throws(SSHRefusal) {
        let at = text.lastIndex(of: "@")
        self.user = if let at { try Self.user(in: text[..<at]) } else { nil }
        let address = at.map { text[text.index(after: $0)...] } ?? text[...]
        (self.host, self.port) = try Self.hostAndPort(in: address)
    }

    /// What was typed beside the host, for the system's `ssh`.
    var arguments: [String] {
        (self.user.map { ["-l", $0] } ?? []) + (self.port.map { ["-p", "\($0)"] } ?? [])
    }

    /// A name that may stand before the `@`.
    ///
    /// - Throws: `SSHRefusal`, which does not repeat the text.
    static func user(in text: some StringProtocol) throws(SSHRefusal) -> String {
        if text.contains(":") {
            throw SSHRefusal(
                "a password in the address is refused: anyone can read it in the list of processes. "
                    + "Give [user@]host and use a key or ssh-agent")
        }
        guard !text.isEmpty, !text.hasPrefix("-"), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw SSHRefusal("the user name before @ in the address is empty or not a user name")
        }
        return String(text)
    }

    private static func hostAndPort(in text: Substring) throws(SSHRefusal) -> (String, UInt16?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw SSHRefusal("\(text): the bracket of the IPv6 address is not closed")
            }
            let host = text[text.index(after: text.startIndex)..<end]
            return (try Self.host(in: host), try Self.port(in: text[text.index(after: end)...]))
        }
        guard let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") else {
            return (try Self.host(in: text), nil)
        }
        return (try Self.host(in: text[..<colon]), try Self.port(in: text[colon...]))
    }

    /// Letters, digits and what names and addresses have besides: nothing that a program could take for an option.
    static func host(in text: some StringProtocol) throws(SSHRefusal) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch UInt8(byte) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"): true
            case UInt8(ascii: ":"), UInt8(ascii: "%"), UInt8(ascii: "_"): true
            default: byte >= 0x80
            }
        }
        guard !text.isEmpty, !text.hasPrefix("-"), isPlain else {
            throw SSHRefusal("\"\(text)\" is not a host name or an address; expected [user@]host")
        }
        return String(text)
    }

    private static func port(in text: Substring) throws(SSHRefusal) -> UInt16? {
        if text.isEmpty { return nil }
        guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else {
            throw SSHRefusal("\"\(text)\" after the host is not a port; expected : and a number up to 65535")
        }
        return port
    }
}

/// Why an address, an option of ssh or a line of its configuration was refused, as a sentence.
package struct SSHRefusal: Error, Hashable, CustomStringConvertible {
    package let description: String
    /// Whether `ssh` could not be asked on this server, which says nothing of the destination.
    let isOfThisServer: Bool

    init(_ description: String, isOfThisServer: Bool = false) {
        self.description = description
        self.isOfThisServer = isOfThisServer
    }
}
