internal import Container
internal import Testing
internal import TestSupport

@Suite("An incoming area is known by its container, and taken over by nobody else")
struct IncomingAreaTests {
    private let folder = TemporaryFolder()

    private func area(_ name: String, of owner: String = "one") -> IncomingArea {
        IncomingArea(
            path: "\(self.folder.path)/vz/\(name).incoming", owner: owner, layout: NodeLayout(root: self.folder.path))
    }

    private func make(_ script: String) {
        let result = ChildProgram.run("bash", "-e", "-c", "cd \(self.folder.path)\n" + script)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test("Made, found again by the next attempt, and removed with all that is known of it")
    func again() throws {
        let area = self.area("101")
        #expect(try area.isFree() && !area.holdsAnything())
        try area.claim()
        #expect(try area.isFree() && !area.holdsAnything())
        self.make("echo 1 > vz/101.incoming/file; echo 2 > \(area.record)/target.index")
        try self.area("101").claim()
        #expect(try self.folder.read("vz/101.incoming/file") == "1\n")
        #expect(try area.holdsAnything() && self.folder.has("var/lib/vzmigrate/areas/one/target.index"))
        try area.discard()
        #expect(!self.folder.has("vz/101.incoming") && !self.folder.has("var/lib/vzmigrate/areas/one"))
    }

    @Test("One that was kept for another container, or lies there for whatever reason, is not free")
    func notOurs() throws {
        try self.area("101").claim()
        #expect(try !self.area("101", of: "two").isFree())
        try self.area("102", of: "two").claim()
        #expect(try !self.area("102").isFree())
        self.make("mkdir vz/103.incoming")
        #expect(try !self.area("103").isFree())
    }

    @Test("The container's next id takes it along, also after a death between two deeds", arguments: [false, true])
    func newID(diesBetween: Bool) throws {
        try self.area("101").claim()
        self.make("echo 1 > vz/101.incoming/file")
        let area = self.area("web")
        if diesBetween {
            self.make("printf '%s\\n' $PWD/vz/web.incoming $PWD/vz/101.incoming > \(area.record)/places")
            #expect(try area.holdsAnything() && self.area("101").isFree())
        }
        try area.claim()
        #expect(try self.folder.read("vz/web.incoming/file") == "1\n")
        #expect(!self.folder.has("vz/101.incoming"))
        #expect(try area.isFree())
        try area.discard()
        #expect(!self.folder.has("vz/web.incoming"))
    }

    @Test("An attempt that came to nothing before it took the area over removes it as well")
    func discardedElsewhere() throws {
        try self.area("101").claim()
        self.make("echo 1 > vz/101.incoming/file")
        try self.area("web").discard()
        #expect(!self.folder.has("vz/101.incoming"))
    }

    @Test("What is known of it and cannot be read is not taken for nothing: it is neither given away nor forgotten")
    func unreadable() throws {
        let area = self.area("101")
        try area.claim()
        self.make("echo 1 > vz/101.incoming/file; rm \(area.record)/places; mkdir \(area.record)/places")
        #expect(throws: HostingError.self) { try area.isFree() }
        #expect(throws: HostingError.self) { try area.holdsAnything() }
        #expect(throws: HostingError.self) { try area.discard() }
        #expect(throws: HostingError.self) { try area.claim() }
        #expect(self.folder.has("vz/101.incoming/file") && self.folder.has("var/lib/vzmigrate/areas/one/places"))
    }

    @Test("A process that still receives for a lost connection is ended; we ourselves are not", .timeLimit(.minutes(1)))
    func receptions() throws {
        let area = self.area("101")
        try area.claim()
        try area.receiving { try area.endReceptions() }
        // A holder as `FileLock` writes it down: process, purpose, program, since, start ticks.
        self.make(
            #"""
            lock=var/lib/vzmigrate/areas/one/1.lck; : > $lock
            setsid flock -F $lock sleep 600 > /dev/null 2>&1 < /dev/null & echo $! > sleeper
            while flock -n $lock true; do sleep 0.01; done
            """#)
        // Whoever holds it may be about to say who it is, and still writes.
        #expect(throws: HostingError.self) { try area.endReceptions() }
        #expect(self.folder.has("var/lib/vzmigrate/areas/one/1.lck"))
        self.make(
            #"""
            pid=$(cat sleeper); ticks=$(sed 's/.*) //' /proc/$pid/stat | cut -d' ' -f20)
            printf '%s\n' $pid receiving sleep now $ticks > var/lib/vzmigrate/areas/one/1.lck
            """#)
        try area.endReceptions()
        self.make("state=$(sed 's/.*) //' /proc/$(cat sleeper)/stat 2> /dev/null | cut -c1); [ -z ${state%Z} ]")
        self.make("! ls var/lib/vzmigrate/areas/one/*.lck 2> /dev/null")
    }
}
