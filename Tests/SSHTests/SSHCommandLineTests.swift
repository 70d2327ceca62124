@testable internal import SSH
internal import Testing

@Suite("The options of --ssh are read as ssh reads its own command line, or refused with a sentence")
struct SSHCommandLineTests {
    private func settings(_ text: String) throws -> [String] {
        try SSHCommandLine(parsing: text, in: "/here").settings.map { "\($0.name)=\($0.value)" }
    }

    @Test(
        "Each option",
        arguments: [
            ("-p 2222", ["Port=2222"]), ("-p2222", ["Port=2222"]), ("-l admin", ["User=admin"]),
            ("-i /k", ["IdentityFile=/k"]), ("-i k -i ~/l", ["IdentityFile=/here/k", "IdentityFile=~/l"]),
            ("-J a@b:22,c", ["ProxyJump=a@b:22,c"]), ("-C", ["Compression=yes"]),
            ("-c aes256-ctr", ["Ciphers=aes256-ctr"]),
            ("-m hmac-sha2-256", ["MACs=hmac-sha2-256"]), ("-4", ["AddressFamily=inet"]),
            ("-6", ["AddressFamily=inet6"]),
            ("-b 10.0.0.1", ["BindAddress=10.0.0.1"]), ("-v", ["LogLevel=DEBUG"]), ("-q", ["LogLevel=QUIET"]),
            ("-o Port=22", ["Port=22"]), ("-oPort=22", ["Port=22"]), ("-o 'Port 22'", ["Port=22"]),
            ("-o \"Port = 22\"", ["Port=22"]), ("-4Cp 22", ["AddressFamily=inet", "Compression=yes", "Port=22"]),
            ("-o 'ProxyCommand=ssh -W \"%h:%p\" b'", ["ProxyCommand=ssh -W \"%h:%p\" b"]),
            ("-o UserKnownHostsFile='a \"b c\"'", ["UserKnownHostsFile=/here/a \"/here/b c\""]),
            ("-o IdentityFile=none", ["IdentityFile=none"]),
            ("-o IdentityAgent=SSH_AUTH_SOCK", ["IdentityAgent=SSH_AUTH_SOCK"]),
            ("-F cfg -x -a -T -k -n -2", []), ("-K", ["GSSAPIAuthentication=yes"]), ("", []), ("  ", []),
            ("-4 -6", ["AddressFamily=inet", "AddressFamily=inet6"]),
            ("-p 1 -p 2", ["Port=1", "Port=2"]),
            ("-i 'a b'", ["IdentityFile=/here/a b"]), ("-i a\\ b", ["IdentityFile=/here/a b"]),
            ("-i \"a\\\"b\"", ["IdentityFile=/here/a\"b"]), ("-l 'x'y\"z\"", ["User=xyz"]),
        ])
    func reads(text: String, expected: [String]) throws {
        #expect(try self.settings(text) == expected)
        let once = try SSHCommandLine(parsing: text, in: "/here")
        #expect(try SSHCommandLine(parsing: once.description, in: "/elsewhere") == once)
    }

    @Test(
        "What is refused, and by which name",
        arguments: [
            ("node2", "host name"), ("-p 22 node2", "host name"), ("-C -- node2", "host name"),
            ("-p 22 --", "host name"),
            ("-", "host name"), ("-p", "-p in --ssh needs a value"), ("-z", "-z in --ssh is no option"),
            ("-p 0", "Bad port '0'"), ("-p 65536", "Bad port"), ("-p no-such-service", "Bad port"),
            ("-A", "-A in --ssh is refused"),
            ("-CL 1:b:2", "-L in --ssh is refused"), ("-t", "-t in --ssh is refused"), ("-N", "-N"), ("-f", "-f"),
            ("-W a:1", "-W"), ("-1", "-1"), ("-o ForwardAgent=yes", "ForwardAgent"),
            ("-o RequestTTY=force", "RequestTTY"),
            ("-o LocalForward='1 b:2'", "LocalForward"), ("-o SendEnv=X", "SendEnv"), ("-o Host=x", "Host"),
            ("-o Include=x", "Include"), ("-o Port", "no argument after keyword \"port\""),
            ("-o ''", "-o in --ssh needs a value"),
            ("-o AddressFamily=ipx", "unsupported option \"ipx\""), ("-o StrictHostKeyChecking=perhaps", "perhaps"),
            ("-o ConnectTimeout=soon", "invalid time value"), ("-o IdentitiesOnly=2", "unsupported option \"2\""),
            ("-o 'User a b'", "user"), ("-i 'x", "quote"), ("-i x\\", "backslash"), ("-J a -J b", "-J"),
            ("-J a,,b", "-J"), ("-J -oProxyCommand=x", "-J"), ("-o Foo=x", "Bad configuration option: foo"),
            ("-q -o Foo=x", "foo"), ("-c rot13", "rot13"), ("-l ''", "-l"), ("-p 22\u{1}", "control"),
        ])
    func refuses(text: String, name: String) throws {
        let refusal = #expect(throws: SSHRefusal.self) { try SSHCommandLine(parsing: text, in: "/here") }
        #expect(refusal?.description.contains(name) == true, "\(refusal?.description ?? "accepted")")
    }

    @Test(
        "A secret is refused and not repeated",
        arguments: [
            "-l root:secret", "-J root:secret@b", "root:secret@node2", "-o Password=secret", "-o SetEnv=A=secret",
            "-o 'Pass secret'",
        ])
    func secrets(text: String) throws {
        let refusal = #expect(throws: SSHRefusal.self) { try SSHCommandLine(parsing: text, in: "/") }
        #expect(refusal?.description.contains("secret") == false)
    }
}
