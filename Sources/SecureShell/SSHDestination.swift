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
