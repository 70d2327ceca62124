internal import Container
internal import Host
internal import Testing
internal import TestSupport

@Suite("An area is known to be another server's too only by what that server has just made beside it")
struct SharedAreaTests {
    private let folder = TemporaryFolder()

    private var area: SharedArea { SharedArea("\(self.folder.path)/private/101") }

    init() throws {
        self.make("mkdir -p private/101 copy; echo '{\"ociVersion\": \"1.0.2\"}' > private/101/config.json")
    }

    @discardableResult
    private func make(_ script: String) -> String {
        let result = ChildProgram.run("bash", "-e", "-c", "cd \(self.folder.path)\n" + script)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test("Its sight is that of its true configuration, fenced or not, and of no other's")
    func sight() throws {
        let path = "\(self.folder.path)/private/101"
        let open = try #require(self.area.sight)
        #expect(self.area.sight == open)
        try BundleFence.raise(area: path, containerID: "101", holder: "m", agentPath: "/bin/false")
        let raised = try #require(self.area.sight)
        #expect(raised.split(separator: " ").prefix(2) == open.split(separator: " ").prefix(2))
        self.make("cp -a private/101 copy/")
        #expect(SharedArea("\(self.folder.path)/copy/101").sight != raised)
        #expect(SharedArea("\(self.folder.path)/copy").sight == nil)
        #expect(SharedArea("\(self.folder.path)/nowhere").sight == nil)
    }

    @Test("A probe is seen beside the area while it lies there, and the directory is then as it was")
    func probe() throws {
        self.make("touch -d 2020-02-02T02:02:02.123456789 private")
        let before = self.make("stat -c %y private; ls -A private")
        let probe = try self.area.placeProbe()
        func isSeen(_ area: SharedArea, _ name: String, content: String) -> Bool {
            area.sees(probe: name, sight: probe.sight, content: content)
        }
        #expect(isSeen(self.area, probe.name, content: probe.content))
        #expect(!isSeen(self.area, probe.name, content: "another"))
        #expect(!isSeen(self.area, "../private/\(probe.name)", content: probe.content))
        #expect(!self.area.sees(probe: probe.name, sight: "1 2 3.4", content: probe.content))
        #expect(self.make("stat -c %a private/\(probe.name)") == "600\n")
        self.make("mkdir copy/101; cp -a private/\(probe.name) copy/")
        #expect(!isSeen(SharedArea("\(self.folder.path)/copy/101"), probe.name, content: probe.content))
        try probe.remove()
        #expect(!isSeen(self.area, probe.name, content: probe.content))
        #expect(self.make("stat -c %y private; ls -A private") == before)
        try probe.remove()
    }

    @Test("Where nothing can be made, that is said")
    func noProbe() throws {
        #expect(throws: HostingError.self) { try SharedArea("\(self.folder.path)/nowhere/101").placeProbe() }
    }
}
