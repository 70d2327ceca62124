@testable internal import SSH
internal import Testing

@Suite("An address is taken apart, or refused with a sentence")
struct DestinationTests {
    @Test(
        "What is well formed",
        arguments: [
            ("node2", SSHDestination(host: "node2")), ("admin@node2", SSHDestination(user: "admin", host: "node2")),
            ("10.0.0.2:2222", SSHDestination(host: "10.0.0.2", port: 2222)),
            ("a@b@node2", SSHDestination(user: "a@b", host: "node2")),
            ("fe80::1%eth0", SSHDestination(host: "fe80::1%eth0")), ("root@[::1]", SSHDestination(host: "::1")),
            ("root@[::1]:2222", SSHDestination(host: "::1", port: 2222)),
        ])
    func accepts(text: String, destination: SSHDestination) throws {
        #expect(try SSHDestination(parsing: text) == destination)
        #expect(try SSHDestination(parsing: destination.description) == destination)
    }

    @Test(
        "What is not",
        arguments: [
            "", "@", "@node2", "root@", "-oProxyCommand=x", "root@-x", "a b", "node2:", "node2:0", "node2:65536",
            "node2:x", "[::1", "[::1]x", "[]", "root@node2\n", "-l@node2", "$(x)", "a/b",
        ])
    func refuses(text: String) {
        #expect(throws: SSHRefusal.self) { try SSHDestination(parsing: text) }
    }

    @Test("A password is refused and not repeated")
    func refusesPasswords() throws {
        let refusal = #expect(throws: SSHRefusal.self) {
            try SSHDestination(parsing: "root:secret@node2")
        }
        #expect(refusal?.description.contains("password") == true)
        #expect(refusal?.description.contains("secret") == false)
    }
}
