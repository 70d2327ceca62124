@testable internal import SecureShell
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite("Files are read as ssh reads them")
struct SSHConfigurationTests {
    private let folder = TemporaryFolder()

    private func route(_ text: String, to host: String = "web1", options: String = "") throws -> SSHRoute {
        let file = try self.folder.write("config", text)
        return try SSHRoute(
            to: host, SSHCommandLine(parsing: "-F \(file) \(options)", in: "/here"), base: SSHOptions())
    }

    /// What `ssh -G` says of the same file: the oracle of these tests.
    private func oracle(_ keyword: String, to host: String, options: String = "") throws -> [String] {
        let words = try SSHWords.split(options)
        let result = ChildProgram.run(["ssh", "-G", "-F", "\(self.folder.path)/config"] + words + [host])
        try #require(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").filter { $0.hasPrefix("\(keyword) ") }
            .map { String($0.dropFirst(keyword.count + 1)) }
    }

    static let files: [(String, String)] = [
        ("Host web*\n  Port 2222\nHost *\n  Port 23\n  User u", "web1"),
        ("ServerAliveInterval 1m30s\nPubkeyAuthentication unbound\nServerAliveInterval 5", "web1"),
        ("Host web* !web1\n Port 2222\nHost *\n Port=23", "web1"), ("hostname %h.example\nport = 77", "web1"),
        ("Host web1\n HostName real\nMatch host real\n User m\nMatch all\n Port 9", "web1"),
        ("Host web1\n HostName real\nMatch originalhost web1 user root\n Port 9", "web1"),
        ("User admin\nMatch user adm*,x !host web1\n Port 9\nMatch user a* host we?1\n Port 8", "web1"),
        ("Match localuser nobody\n Port 9\nMatch !localuser nobody\n Port 8", "web1"),
        ("Match canonical\n Port 9\nMatch !canonical\n Port 8", "web1"),
        ("IdentityFile /a\nIdentityFile \"/b c\"\nHost web1\nIdentityFile /d # comment", "web1"),
        ("Ciphers aes128-ctr,aes256-ctr\nConnectTimeout 1m\nServerAliveInterval 7\nServerAliveCountMax 4", "web1"),
        ("AddressFamily inet6\nBindAddress ::1\nHostKeyAlias other\nIdentitiesOnly yes", "web1"),
        ("  \t# only a comment\n\nPort\t\"22\"\r\nUser 'xy'\n", "web1"), ("Port 1\nPort 2\nUser a\nUser b", "x"),
        ("Match host=web1\n Port 5\nMatch host \"web1,web2\"\n User q", "web1"),
        ("ProxyJump a@b:1,c\nProxyCommand nc %h %p # all of it", "web1"),
        ("UserKnownHostsFile /a \"/b c\"\nGlobalKnownHostsFile none\nStrictHostKeyChecking accept-new", "web1"),
    ]

    @Test(
        "What ssh -G makes of a file, this makes of it too", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: files)
    func sameAsProgram(text: String, host: String) throws {
        let route = try self.route(text, to: host)
        let (destination, options) = (route.destination, route.options)
        #expect(try self.oracle("hostname", to: host) == [destination.host])
        #expect(try self.oracle("port", to: host) == ["\(destination.port)"])
        #expect(try self.oracle("user", to: host) == [destination.user])
        if let files = options.identityFiles {
            #expect(try self.oracle("identityfile", to: host) == files.map(\.string))
        }
        #expect(
            try self.oracle("connecttimeout", to: host) == [
                options.connectTimeout.map { "\($0.components.seconds)" } ?? "none"
            ])
        #expect(try self.oracle("addressfamily", to: host) == ["\(options.family)"])
        #expect(try self.oracle("bindaddress", to: host) == [options.bindAddress].compactMap { $0 })
        #expect(try self.oracle("hostkeyalias", to: host) == [options.hostKeyAlias].compactMap { $0 })
        #expect(try self.oracle("identitiesonly", to: host) == [options.identitiesOnly ? "yes" : "no"])
        #expect(
            try self.oracle("serveraliveinterval", to: host) == [
                "\(options.signsOfLife?.interval.components.seconds ?? 0)"
            ])
        #expect(try self.oracle("proxyjump", to: host).isEmpty != route.beyondUs.contains { $0.hasPrefix("ProxyJump") })
        let isAdding = options.strictness == .add
        #expect(try self.oracle("stricthostkeychecking", to: host) == [isAdding ? "accept-new" : "ask"])
        if let ciphers = options.ciphers { #expect(try self.oracle("ciphers", to: host) == [ciphers.text]) }
    }

    @Test("The command line counts before the destination, and both before a file")
    func precedence() throws {
        let text = "User file\nPort 1\nHostName real"
        #expect(try self.route(text).destination == SSHDestination(user: "file", host: "real", port: 1))
        #expect(
            try self.route(text, to: "me@web1:7").destination == SSHDestination(user: "me", host: "real", port: 7))
        #expect(
            try self.route(text, to: "me@web1:7", options: "-l you -p 9").destination
                == SSHDestination(user: "you", host: "real", port: 9))
    }

    @Test("Include takes files in, by patterns, under the Host that it stands in, and no deeper than ssh")
    func include() throws {
        try self.folder.write("a.conf", "Port 11\nHost other\n Port 12")
        try self.folder.write("b.conf", "User b")
        let path = self.folder.path
        let text = "Host web1\n Include \(path)/*.conf\n HostName after\nHost web2\n Include \(path)/*.conf"
        let route = try self.route(text)
        #expect(route.destination == SSHDestination(user: "b", host: "after", port: 11))
        #expect(try self.oracle("port", to: "web1") == ["11"])
        #expect(try self.route("Host no\n Include \(path)/*.conf").destination.port == 22)
        try self.folder.write("a.conf", "Include \(path)/a.conf")
        let refusal = #expect(throws: SSHRefusal.self) { try self.route("Include \(path)/a.conf") }
        #expect(refusal?.description.contains("too deep") == true)
    }

    @Test(
        "What only ssh can do is said by name, with its place",
        arguments: [
            ("ProxyJump b", "ProxyJump"), ("ProxyCommand nc %h %p", "ProxyCommand"),
            ("ProxyCommand false", "ProxyCommand"), ("Match exec \"true\"\n Port 2", "Match exec"),
            ("PKCS11Provider /x", "PKCS11Provider"), ("CanonicalizeHostname yes", "CanonicalizeHostname"),
            ("Match final\n Port 2", "Match final"), ("NewerThanThis yes", "NewerThanThis"),
            ("CertificateFile /x", "CertificateFile"), ("RekeyLimit 1G", "RekeyLimit"),
        ])
    func beyondUs(text: String, name: String) throws {
        let route = try self.route("\n\(text)")
        #expect(route.beyondUs == ["\(name) (\(self.folder.path)/config line 2)"])
    }

    @Test(
        "What changes nothing for us needs no ssh",
        arguments: [
            "ProxyJump none", "ProxyCommand none", "GSSAPIAuthentication yes", "SendEnv LANG LC_*",
            "ControlMaster auto",
            "ForwardAgent yes", "LocalForward 1 b:2", "VisualHostKey yes", "IgnoreUnknown Foo*\nFooBar 1",
            "Host other\n ProxyJump b", "ProxyJump none\nProxyCommand nc", "RekeyLimit default none",
        ])
    func ours(text: String) throws { #expect(try self.route(text).beyondUs == []) }

    @Test("On the command line even that goes to ssh")
    func immaterialAsked() throws {
        #expect(try self.route("", options: "-o VisualHostKey=yes").beyondUs == ["VisualHostKey (-o in --ssh)"])
        #expect(try self.route("", options: "-K").beyondUs == ["GSSAPIAuthentication (-K in --ssh)"])
        #expect(try self.route("", options: "-J b").beyondUs == ["ProxyJump (-J in --ssh)"])
    }

    @Test(
        "A file that is wrong is refused with its line",
        arguments: [
            ("Port 22\nPort x", "config line 2"), ("User \"x", "config line 1"), ("Match nonsense x", "knows no"),
            ("Match host", "needs a value"), ("Port", "is missing"), ("IdentityFile %Z", "IdentityFile"),
            ("IdentityFile ${NO_SUCH_VARIABLE}/x", "NO_SUCH_VARIABLE"),
            ("HostName -oProxyCommand=x", "not a host name"),
            ("User a:b", "password"),
        ])
    func wrong(text: String, words: String) throws {
        let refusal = #expect(throws: SSHRefusal.self) { try self.route(text) }
        #expect(refusal?.description.contains(words) == true, "\(refusal?.description ?? "accepted")")
    }

    @Test("A file that is named and is not there is refused")
    func missing() throws {
        let options = try SSHCommandLine(parsing: "-F nothing", in: self.folder.path)
        let refusal = #expect(throws: SSHRefusal.self) { try SSHRoute(to: "x", options, base: SSHOptions()) }
        #expect(refusal?.description.contains("\(self.folder.path)/nothing cannot be read: No such file") == true)
    }

    @Test("A user's file that others may write is refused")
    func writable() throws {
        let path = FilePath(try self.folder.write("open", "Port 2", mode: 0o666))
        let folder = FilePath(self.folder.path)
        var reader = SSHConfigurationReader(host: "x", settings: [])
        let refusal = #expect(throws: SSHRefusal.self) {
            try reader.read(path, includesFrom: folder, isUsers: true, mustExist: false)
        }
        #expect(refusal?.description.contains("chmod go-w") == true)
        try reader.read(path, includesFrom: folder, isUsers: false, mustExist: false)
        #expect(reader.settings.map(\.value) == ["2"])
    }

    @Test("ServerAliveInterval and ServerAliveCountMax say how long a link may be silent")
    func signsOfLife() throws {
        let options = try self.route("ServerAliveInterval 7\nServerAliveCountMax 4").options
        #expect(options.silenceBound == .seconds(28))
        #expect(options.questionInterval == .seconds(7))
        #expect(try self.route("ServerAliveInterval 1").options.silenceBound == SSHOptions.shortestSilence)
        #expect(try self.route("").options.silenceBound == .seconds(30))
        let none = "ServerAliveInterval 20\nServerAliveCountMax 0"
        #expect(try self.route(none).options.silenceBound == .seconds(20))
        #expect(try self.oracle("serveralivecountmax", to: "web1") == ["0"])
    }

    @Test("What takes the program's input away is taken back where a file says it, be it under a Match of ssh's own")
    func streams() throws {
        let settings = ["StdinNull", "SessionType", "ForkAfterAuthentication", "Tunnel"]
        func words(_ text: String, _ options: String = "") throws -> [String] {
            SSHArguments(try self.route(text, options: options), asks: false).words(running: "x")
        }
        let plain = try words("", "-n -J b")
        #expect(!plain.contains("-n") && !plain.contains { word in settings.contains { word.hasPrefix($0) } })
        let said = try words("Match exec true\n StdinNull yes\n SessionType none\nHost *\n Tunnel yes")
        #expect(said.contains("StdinNull=no") && said.contains("SessionType=default") && said.contains("Tunnel=no"))
        #expect(!said.contains { $0.hasPrefix("ForkAfter") })
        #expect(try words("ForkAfterAuthentication yes").contains("ForkAfterAuthentication=no"))
    }

    @Test("Tokens, ~ and variables in paths")
    func tokens() throws {
        let route = try self.route("HostName real\nUser me\nIdentityFile ~/.ssh/%n-%h-%r-%p-%%\nIdentityFile %d/k")
        let home = UserHome.path
        #expect(route.options.identityFiles == [home.appending(".ssh/web1-real-me-22-%"), home.appending("k")])
    }
}
