import HandOver
import Testing
import Transfer

@Suite(
    "Each check compares two servers' facts, and says what it compared, both values, what to do and how to pass over it"
)
struct NodeCheckTests {
    /// One thing that is in the way.
    struct Case: Sendable, CustomTestStringConvertible {
        let title: String
        let keyword: CheckKeyword
        let status: HandOver.ExitStatus
        /// What the sentence has to contain.
        let words: [String]
        var kind: MigrationKind = .online(.iterative)
        let change: @Sendable (inout SourceFacts, inout DestinationFacts) -> Void

        var testDescription: String { self.title }
    }

    static let cases =
        processorCases + technologyCases + roomCases + licenceCases + networkCases + otherCases

    private static let processorCases: [Case] = [
        Case(
            title: "another architecture", keyword: .processor, status: .processorUnsupported,
            words: ["x86_64 here", "aarch64 there"], kind: .stopped, change: { $1.node.architecture = "aarch64" }),
        Case(
            title: "a feature that its processes may use", keyword: .processor, status: .processorFeatureMissing,
            words: ["avx512f here", "without --online"],
            change: { here, _ in here.node.processorFeatures.insert("avx512f") }),
        Case(
            title: "what CRIU says of the processors", keyword: .processor, status: .processorFeatureMissing,
            words: ["CRIU", "xsave"], change: { $1.processorObjection = "xsave frames differ" }),
        Case(
            title: "an older CRIU", keyword: .criuVersion, status: .agentUnusable, words: ["4.10 here", "4.2.1 there"],
            change: { here, _ in here.node.criuVersion = "4.10" }),
    ]

    private static let technologyCases: [Case] = [
        Case(
            title: "a technology", keyword: .technologies, status: .technologies,
            words: ["nfs ext4 here", "no nfs there"],
            change: { here, _ in here.technologies = .known(["nfs", "ext4"]) }),
        Case(
            title: "a word that is no technology", keyword: .technologies, status: .technologies,
            words: ["/etc/vz/conf/1.conf:7"],
            change: { here, _ in here.technologies = .unreadable("/etc/vz/conf/1.conf:7: no") }),
        Case(
            title: "the other control groups", keyword: .technologies, status: .technologies,
            words: ["control groups", "1 here", "2 there"], change: { here, _ in here.node.controlGroupVersion = 1 }),
        Case(
            title: "a template", keyword: .templates, status: .templatesMissing,
            words: ["debian-12 mc here", "no mc there"],
            change: {
                $0.templates = .known(["debian-12", "mc"]); $1.templates = .known(["debian-12"])
            }),
        Case(
            title: "templates that cannot be read", keyword: .templates, status: .templatesMissing,
            words: ["could not list /vz/template"],
            change: {
                $0.templates = .known(["x"]); $1.templates = .unreadable("could not list /vz/template: EACCES")
            }),
        Case(
            title: "no TEMPLATE there", keyword: .templates, status: .templatesMissing,
            words: ["vz.conf names no TEMPLATE"],
            change: { here, _ in
                here.templates = .known(["x"]); here.keepsTemplates = true
            }),
    ]

    private static let roomCases: [Case] = [
        Case(
            title: "bytes", keyword: .diskSpace, status: .diskSpace, words: ["bytes here", "1000000 bytes free there"],
            kind: .stopped, change: { $1.area.bytes = 1_000_000 }),
        Case(
            title: "inodes", keyword: .diskSpace, status: .diskSpace, words: ["inodes", "100 here", "99 free there"],
            kind: .stopped, change: { $1.area.inodes = 99 }),
        Case(
            title: "memory", keyword: .diskSpace, status: .diskSpace, words: ["memory for its processes"],
            change: { $1.memory = 1 << 27 }),
        Case(
            title: "room for the copy of memory", keyword: .diskSpace, status: .diskSpace, words: ["/run"],
            change: { $1.imagesRoom = 1 << 20 }),
    ]

    private static let licenceCases: [Case] = [
        Case(
            title: "a licence that ran out", keyword: .licence, status: .licence, words: ["expired on 2026-11-27"],
            change: { $1.licence = .known(.example(expires: "2026-11-27")) }),
        Case(
            title: "a licence for fewer", keyword: .licence, status: .licence, words: ["for 2 containers"],
            change: { $1.licence = .known(.example(limit: 2)) }),
        Case(
            title: "a licence that does not hold", keyword: .licence, status: .licence,
            words: ["its status is revoked"],
            change: { $1.licence = .known(.example(status: "revoked")) }),
        Case(
            title: "a malformed licence", keyword: .licence, status: .licence, words: ["/etc/vz/licence:2"],
            change: { $1.licence = .unreadable("/etc/vz/licence:2: no") }),
    ]

    private static let networkCases: [Case] = [
        Case(
            title: "a device of RATE", keyword: .rate, status: .rate, words: ["the device eth7", "TRAFFIC_SHAPING"],
            change: {
                $0.rates = .known([WantedRate(device: "eth7", networkClass: 1)])
                $1.shaping = .known(ShapingFacts(devices: ["eth0"], classes: [1]))
            }),
        Case(
            title: "a class of RATE", keyword: .rate, status: .rate, words: ["the network class 2"],
            change: {
                $0.rates = .known([WantedRate(device: nil, networkClass: 2)])
                $1.shaping = .known(ShapingFacts(devices: [], classes: [1]))
            }),
        Case(
            title: "nonsense in RATE", keyword: .rate, status: .rate, words: [":3"],
            change: { here, _ in here.rates = .unreadable("/etc/vz/conf/1.conf:3: RATE has x") }),
        Case(
            title: "an address", keyword: .addresses, status: .addressInUse, words: ["10.0.0.1", "CT 7 has it"],
            change: { $1.addressHolders = .known([AddressHolder(address: "10.0.0.1", holder: "CT 7")]) }),
    ]

    private static let otherCases: [Case] = [
        Case(
            title: "a name", keyword: .name, status: .nameConflict, words: ["CT 8 has it"],
            change: { $1.nameHolders = ["CT 8"] }),
        Case(
            title: "an external mount", keyword: .bindMounts, status: .externalBindMount,
            words: ["/srv/a /srv/b here", "no /srv/b there"],
            change: {
                $0.externalMounts = ["/srv/a", "/srv/b"]; $1.missingMounts = ["/srv/b"]
            }),
        Case(
            title: "a script", keyword: .scripts, status: .actionScripts, words: ["/etc/vz/conf/1.mount here"],
            change: { here, _ in here.scripts = ["/etc/vz/conf/1.mount"] }),
        Case(
            title: "a clock", keyword: .clock, status: .system, words: ["6 s later than here"],
            change: { here, there in there.node.clock = here.clock.upperBound + 6_000_000_000 }),
    ]

    @Test("What is in the way is found, named, and passed over by its own keyword alone", arguments: Self.cases)
    func found(_ row: Case) throws {
        var (departure, arrival) = (SourceFacts.example(row.kind), DestinationFacts.example)
        row.change(&departure, &arrival)
        let report = NodeChecks.report(departure, arrival, waiving: [])
        try #require(report.failed.count == 1, "\(report.failed)")
        let finding = report.failed[0]
        #expect(finding.keyword == row.keyword)
        #expect(finding.status == row.status)
        for word in row.words + ["--nodeps=\(row.keyword.rawValue)"] {
            #expect(finding.sentence.contains(word), "\(finding.sentence)")
        }
        let others = Set(CheckKeyword.allCases).subtracting([row.keyword])
        #expect(NodeChecks.report(departure, arrival, waiving: others).failed == [finding])
        let passed = NodeChecks.report(departure, arrival, waiving: [row.keyword])
        #expect(passed.failed.isEmpty && passed.waived == [finding])
    }

    @Test("Every keyword has a check that it passes over")
    func everyKeyword() {
        #expect(Set(Self.cases.map(\.keyword)) == Set(CheckKeyword.allCases))
    }

    @Test("Servers that are alike have nothing in the way", arguments: MigrationKind.allCases)
    func nothing(_ kind: MigrationKind) {
        #expect(NodeChecks.report(.example(kind), .example, waiving: []).failed.isEmpty)
    }

    @Test("Whatever numbers the other side gives, they are compared", arguments: [Int64.min, -1, 0, .max])
    func anyNumber(_ number: Int64) {
        var arrival = DestinationFacts.example
        arrival.node.clock = number
        arrival.licence = .known(
            LicenceFacts(file: "l", status: "active", expires: "2027-01-31", containerLimit: 1, containers: .max))
        (arrival.kept.bytes, arrival.kept.inodes, arrival.area.inodes) = (.max, .max, .max)
        let found = NodeChecks.report(.example(.online(.iterative)), arrival, waiving: []).failed
        #expect(Set(found.map(\.keyword)) == [.clock, .licence])
    }

    @Test("All that is in the way is told at once, and the first one's status is the run's")
    func allAtOnce() throws {
        var (departure, arrival) = (SourceFacts.example(.online(.simple)), DestinationFacts.example)
        departure.node.processorFeatures.insert("avx512f")
        arrival.nameHolders = ["CT 8"]
        arrival.area.bytes = 1
        let failure = try #require(StepFailure(NodeChecks.report(departure, arrival, waiving: []).failed))
        #expect(failure.status == .processorFeatureMissing)
        #expect(failure.message.hasPrefix("3 checks failed:\n"))
        #expect(failure.message.split(separator: "\n").count == 4)
    }

    @Test("What is there already counts, what does not travel with its memory needs none, and a margin is kept")
    func rooms() {
        var (departure, arrival) = (SourceFacts.example(.stopped), DestinationFacts.example)
        departure.residentBytes = 0
        (arrival.memory, arrival.imagesRoom) = (0, 0)
        arrival.area.bytes = 100_000_000
        #expect(DiskSpaceCheck().findings(departure, arrival).count == 1)
        arrival.kept = Room(bytes: 50_000_000, inodes: 100)
        #expect(DiskSpaceCheck().findings(departure, arrival).isEmpty)
        #expect(MemoryCheck().findings(departure, arrival).isEmpty)
        (departure.kind, departure.residentBytes) = (.online(.lazy), 1 << 30)
        (arrival.memory, arrival.imagesRoom) = (1 << 30 + 17 << 20, 0)
        #expect(MemoryCheck().findings(departure, arrival).isEmpty)
        departure.kind = .online(.simple)
        #expect(MemoryCheck().findings(departure, arrival).count == 2)
    }
}

extension LicenceFacts {
    static func example(status: String = "active", expires: String? = nil, limit: Int? = nil) -> Self {
        Self(file: "/etc/vz/licence", status: status, expires: expires, containerLimit: limit, containers: 2)
    }
}

extension NodeFacts {
    static let example = NodeFacts(
        architecture: "x86_64", processorFeatures: ["sse2"], technologies: ["nptl", "ext4"], controlGroupVersion: 2,
        // Noon of 2026-11-28.
        clock: 1_795_867_200_000_000_000, criuVersion: "4.2.1")
}

extension SourceFacts {
    static func example(_ kind: MigrationKind) -> Self {
        var facts = Self(
            node: .example, kind: kind, area: .known(Room(bytes: 100_000_000, inodes: 100)),
            residentBytes: kind.isOnline ? 1 << 26 : 0)
        facts.clock = NodeFacts.example.clock...NodeFacts.example.clock
        return facts
    }
}

extension DestinationFacts {
    static let example: DestinationFacts = {
        var facts = DestinationFacts(
            node: .example, area: Room(bytes: 1 << 30, inodes: 1000), kept: Room(bytes: 0, inodes: 0), memory: 1 << 30,
            imagesRoom: 1 << 30)
        facts.licence = .known(.example(expires: "2026-11-28", limit: 3))
        return facts
    }()
}
