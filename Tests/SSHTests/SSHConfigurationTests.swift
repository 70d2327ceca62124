@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("What holds for a destination is what ssh -G prints of it")
struct SSHConfigurationTests {
    private let folder = TemporaryFolder()

    private func route(
        _ text: String, to host: String = "web1", options: String = "", base: SSHOptions = SSHOptions()
    ) throws -> SSHRoute {
        let file = try self.folder.write("config", text)
        return try SSHRoute(
            to: host, SSHCommandLine(checked: "-F \(file) \(options)", in: "/here"), base: base)
    }

    static let files: [(String, String)] = [
        ("Host web*\n  Port 2222\n  User u\nHost *\n  Port 23", "u@web1:2222"),
        ("Host web* !web1\n Port 2222\nHost *\n Port=23", "root@web1:23"),
        ("hostname %h.example\nport = 77", "root@web1.example:77"),
        ("Host web1\n HostName real\nMatch host real\n User m\nMatch all\n Port 9", "m@real:9"),
        ("Match localuser nobody\n Port 9\nMatch !localuser nobody\n Port 8", "root@web1:8"),
        ("Match exec \"test %n = web1\"\n Port 9", "root@web1:9"), ("Match final\n Port 9", "root@web1:9"),
        ("  \t# only a comment\n\nPort\t\"22\"\r\nUser 'xy'\n", "xy@web1"),
        ("HostName FE80::1%%eth0", "root@[FE80::1%eth0]"),
    ]

    @Test("Host, Match and Include decide where it leads", arguments: files)
    func destinations(text: String, destination: String) throws {
        let route = try self.route(text)
        #expect(route.destination == (try SSHDestination(parsing: destination)))
        #expect(route.beyondUs == [])
    }

    @Test("Each option of a connection of ours is taken from it")
    func options() throws {
        let options = try self.route(
            """
            IdentityFile /a
            IdentityFile "/b c"
            IdentitiesOnly yes
            IdentityAgent ~/agent
            UserKnownHostsFile /k "/l"
            GlobalKnownHostsFile none
            HostKeyAlias Other
            HostKeyAlgorithms ssh-ed25519
            StrictHostKeyChecking accept-new
            HashKnownHosts yes
            Ciphers aes128-ctr,aes256-ctr
            ConnectTimeout 1m
            AddressFamily inet6
            BindAddress ::1
            Compression yes
            TCPKeepAlive no
            BatchMode yes
            NumberOfPasswordPrompts 1
            PreferredAuthentications password
            LogLevel ERROR
            """
        ).options
        #expect(options.identityFiles == ["/a", "/b c"])
        #expect(options.identitiesOnly && options.hashesNewHosts && options.compresses && options.isBatch)
        #expect(options.agentSocket == UserHome.path.appending("agent"))
        #expect(options.knownHostsFiles == ["/k", "/l"])
        #expect(options.globalKnownHostsFiles == [])
        #expect(options.hostKeyAlias == "other")
        #expect(options.hostKeyAlgorithms == ["ssh-ed25519"])
        #expect(options.strictness == .add)
        #expect(options.ciphers == ["aes128-ctr", "aes256-ctr"])
        #expect(options.macs == nil && options.keyExchanges == nil)
        #expect(options.connectTimeout == .seconds(60))
        #expect(options.family == .inet6)
        #expect(options.bindAddress == "::1")
        #expect(!options.keepsTCPAlive && !options.takesKeys && options.takesPasswords)
        #expect(options.passwordTries == 1)
        #expect(options.verbosity == .quiet)
    }

    @Test("Where nothing is said, ours holds: the usual keys, our algorithms, and 30 seconds")
    func nothing() throws {
        let options = try self.route("").options
        #expect(options.identityFiles == nil && options.agentSocket == nil && options.ciphers == nil)
        #expect(options.hostKeyAlgorithms == nil && options.connectTimeout == nil && options.serverAlive == nil)
        #expect(options.strictness == .refuse && options.takesKeys && options.passwordTries == 3)
    }

    @Test("A list that changes the usual one arrives as the whole list")
    func changedList() throws {
        let algorithms = try #require(try self.route("HostKeyAlgorithms +ssh-rsa").options.hostKeyAlgorithms)
        #expect(algorithms.contains("ssh-ed25519") && algorithms.last == "ssh-rsa")
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

    @Test(
        "What only ssh can do is said by name",
        arguments: [
            ("ProxyJump b", "proxyjump"), ("ProxyCommand nc %h %p", "proxycommand"),
            ("ProxyCommand false", "proxycommand"), ("PKCS11Provider /x", "pkcs11provider"),
            ("CertificateFile /x", "certificatefile"), ("RekeyLimit 1G", "rekeylimit"),
            ("VerifyHostKeyDNS yes", "verifyhostkeydns"), ("RequiredRSASize 4096", "requiredrsasize"),
        ])
    func beyondUs(text: String, name: String) throws {
        #expect(try self.route(text).beyondUs == ["\(name) in the configuration of ssh"])
    }

    @Test(
        "A path that ssh -G does not tell for certain is left to ssh",
        arguments: [
            ("IdentityFile /k/%C", "identityfile /k/%C"), ("IdentityFile ${NOT_SET}/x", "identityfile ${NOT_SET}/x"),
            ("IdentityFile ~nobody/x", "identityfile ~nobody/x"),
            ("UserKnownHostsFile \"/a b\" /c", "userknownhostsfile /a b /c"),
            ("GlobalKnownHostsFile relative", "globalknownhostsfile relative"),
        ])
    func unclearPaths(text: String, reason: String) throws {
        #expect(try self.route(text).beyondUs == [reason])
    }

    @Test(
        "What changes nothing for us needs no ssh",
        arguments: [
            "ProxyJump none", "ProxyCommand none", "GSSAPIAuthentication yes", "SendEnv LANG LC_*",
            "ControlMaster auto", "ForwardAgent yes", "LocalForward 1 b:2", "VisualHostKey yes",
            "IgnoreUnknown Foo*\nFooBar 1", "Host other\n ProxyJump b", "RekeyLimit default none", "StdinNull yes",
            "CanonicalizeHostname yes", "SetEnv A=\"b c\"", "RemoteCommand x", "UserKnownHostsFile none",
        ])
    func ours(text: String) throws { #expect(try self.route(text).beyondUs == []) }

    @Test("On the command line even that goes to ssh")
    func immaterialAsked() throws {
        #expect(try self.route("", options: "-o VisualHostKey=no").beyondUs == ["VisualHostKey (-o in --ssh)"])
        #expect(try self.route("", options: "-K").beyondUs == ["GSSAPIAuthentication (-K in --ssh)"])
        #expect(try self.route("", options: "-J b").beyondUs == ["ProxyJump (-J in --ssh)"])
        #expect(try self.route("ProxyJump b", options: "-o ProxyJump=none").beyondUs == [])
    }

    @Test(
        "A file that is wrong is refused in one sentence, with the file and the line in ssh's words",
        arguments: [
            ("Port 22\nPort x", "config line 2: Bad port 'x'"), ("NoSuchThing x", "line 1: Bad configuration option"),
            ("Match nonsense x", "line 1"), ("Port", "line 1"), ("HostName -oProxyCommand=x", "not a host name"),
            ("User a:b", "password"), ("IdentityAgent ${NOT_SET}/x", "NOT_SET"),
            ("LogLevel DEBUG3\nIdentityAgent ${NOT_SET}/x", "NOT_SET"),
        ])
    func wrong(text: String, words: String) throws {
        for options in ["", "-q", "-v", "-o LogLevel=QUIET"] {
            let refusal = try #require(throws: SSHRefusal.self) { try self.route(text, options: options) }
            #expect(refusal.description.contains(words), "\(refusal)")
            #expect(!["terminating", "debug", "\n"].contains { refusal.description.contains($0) }, "\(refusal)")
        }
    }

    @Test("A file that is named and is not there is refused")
    func missing() throws {
        let options = try SSHCommandLine(checked: "-F nothing", in: self.folder.path)
        let refusal = try #require(throws: SSHRefusal.self) { try SSHRoute(to: "x", options, base: SSHOptions()) }
        #expect(refusal.description.contains("\(self.folder.path)/nothing: No such file"))
    }

    @Test("A Match exec that does not end is not waited for")
    func endless() throws {
        var base = SSHOptions()
        base.timeout = .milliseconds(300)
        let refusal = try #require(throws: SSHRefusal.self) {
            try self.route("Match exec \"sleep 100\"\n Port 9", base: base)
        }
        #expect(refusal.description.contains("did not end"), "\(refusal)")
        #expect(refusal.isOfThisServer)
    }

    @Test("ServerAliveInterval and ServerAliveCountMax say how long a link may be silent")
    func serverAlive() throws {
        let options = try self.route("ServerAliveInterval 7\nServerAliveCountMax 4").options
        #expect(options.silenceBound == .seconds(28))
        #expect(options.keepAliveInterval == .seconds(7))
        #expect(try self.route("ServerAliveInterval 1").options.silenceBound == SSHOptions.shortestSilence)
        #expect(try self.route("").options.silenceBound == .seconds(30))
        let none = "ServerAliveInterval 20\nServerAliveCountMax 0"
        #expect(try self.route(none).options.silenceBound == .seconds(20))
    }

    @Test("What takes the program's input away is taken back where a file says it")
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

    @Test("Tokens and ~ in the names of keys, which ssh -G leaves as they are")
    func tokens() throws {
        let route = try self.route("HostName real\nUser me\nIdentityFile ~/.ssh/%n-%h-%r-%p-%%\nIdentityFile %d/k")
        let home = UserHome.path
        #expect(route.options.identityFiles == [home.appending(".ssh/web1-real-me-22-%"), home.appending("k")])
    }

    // MARK: - What is printed

    private func resolve(_ printed: String) throws -> SSHRoute {
        try SSHRoute(
            SSHAddress(parsing: "web1"), nil, SSHConfiguration(printed: Array(printed.utf8)),
            defaults: SSHConfiguration([]), base: SSHOptions(), isRead: true)
    }

    @Test("Lines are taken as they are: case, blanks, quotes, a missing value, a carriage return")
    func parsing() {
        let text =
            "User root\nIdentityFile  /a b \nidentityfile \"x\"\n\nalone\ncanonicalizePermittedcnames none\n"
            + "x a=b\r"
        let configuration = SSHConfiguration(printed: Array(text.utf8))
        #expect(configuration["user"] == "root")
        #expect(configuration.all("identityfile") == [" /a b ", "\"x\""])
        #expect(configuration["alone"] == "")
        #expect(configuration["canonicalizepermittedcnames"] == "none")
        #expect(configuration["x"] == "a=b\r")
        #expect(configuration["missing"] == nil)
        #expect(SSHConfiguration(printed: []).keywords == [])
    }

    @Test(
        "A value that nothing can be done with is refused",
        arguments: [
            "port 0", "port 65536", "port -1", "port 99999999999999999999", "port ", "port 22 22", "port ssh",
            "hostname -oproxycommand=x", "hostname a b", "hostname ", "hostname $(reboot)", "user -lroot", "user ",
            "user a\tb", "connecttimeout soon", "connecttimeout -1", "connecttimeout 9223372036854775808",
            "serveraliveinterval 5s", "numberofpasswordprompts many",
        ])
    func refusedValues(line: String) throws {
        #expect(throws: SSHRefusal.self) { try self.resolve(line) }
    }

    @Test("What is not UTF-8 names no file, and a keyword that nobody knows goes to ssh")
    func oddValues() throws {
        let bytes = Array("identityfile /k".utf8) + [0xff, 0x0a] + Array("newerthanthis yes\nnewer none\n".utf8)
        let route = try SSHRoute(
            SSHAddress(parsing: "web1"), nil, SSHConfiguration(printed: bytes), defaults: SSHConfiguration([]),
            base: SSHOptions(), isRead: true)
        #expect(route.beyondUs == ["identityfile /k\u{fffd}", "newerthanthis in the configuration of ssh"])
    }

    @Test(
        "An ssh that prints something else than its configuration, or more than is kept of it, is refused",
        arguments: ["exit 0", "echo port 22", "echo hostname x; head -c 2000000 /dev/zero | tr '\\0' x"])
    func foreignProgram(script: String) throws {
        var base = SSHOptions()
        base.program = try self.folder.write("ssh", "#!/bin/sh\n\(script)\n", mode: 0o755)
        let refusal = try #require(throws: SSHRefusal.self) { try SSHRoute(to: "web1", nil, base: base) }
        #expect(refusal.description.contains("is it OpenSSH's"))
    }

    // MARK: - Without ssh

    private func withoutSSH(_ options: String?) throws -> SSHRoute {
        var base = SSHOptions()
        base.program = "/nonexistent/ssh"
        let commandLine = try options.map { try SSHCommandLine(checked: $0, in: "/here") }
        return try SSHRoute(to: "me@web1:7", commandLine, base: base)
    }

    @Test("Where ssh is not installed, no file is read, and simple options mean what they mean")
    func notInstalled() throws {
        #expect(try self.withoutSSH(nil).destination == SSHDestination(user: "me", host: "web1", port: 7))
        #expect(try self.withoutSSH(nil).lacksFiles)
        let route = try self.withoutSSH(
            "-F none -p 9 -p 10 -l you -i k -i '/a b' -4C -c aes256-ctr -q -o ConnectTimeout=5 "
                + "-o 'UserKnownHostsFile \"/k\" ~/l' -o StrictHostKeyChecking=accept-new")
        #expect(!route.lacksFiles && route.beyondUs == [])
        #expect(route.destination == SSHDestination(user: "you", host: "web1", port: 9))
        #expect(route.options.identityFiles == ["/here/k", "/a b"])
        #expect(route.options.family == .inet && route.options.compresses && route.options.verbosity == .quiet)
        #expect(route.options.ciphers == ["aes256-ctr"])
        #expect(route.options.connectTimeout == .seconds(5))
        #expect(route.options.knownHostsFiles == ["/k", UserHome.path.appending("l")])
        #expect(route.options.strictness == .add)
    }

    @Test(
        "All else is left to the ssh that is not there, by name",
        arguments: [
            ("-F cfg", "-F /here/cfg (in --ssh)"), ("-J b", "ProxyJump (-J in --ssh)"), ("-c +x", "ciphers +x"),
            ("-o VisualHostKey=no", "VisualHostKey (-o in --ssh)"), ("-o Foo=x", "Foo (-o in --ssh)"),
        ])
    func notInstalledBeyond(options: String, reason: String) throws {
        #expect(try self.withoutSSH(options).beyondUs == [reason])
    }
}
