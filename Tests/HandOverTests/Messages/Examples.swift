internal import HandOver
internal import Transfer

extension HandOverReference {
    static let example = HandOverReference(id: String(repeating: "0f", count: 16), epoch: .max)
}

extension StepFailure {
    static let refusal = StepFailure(.nameConflict, "the name \"ü\" is taken\n")
}

extension IncomingContainer {
    static func example(
        _ kind: MigrationKind, privateArea: String? = nil, sharesStorage: Bool = false
    ) -> IncomingContainer {
        IncomingContainer(
            container: "101", identity: "0c8ee6c5-7f8a-4b0a-9a53-8f2d8a6fb3c1", node: "n1",
            configuration: "A=\"b\"\n\u{1}\u{7F}ß", privateArea: privateArea, root: privateArea, kind: kind,
            sharesStorage: sharesStorage)
    }
}

extension InspectionQuestions {
    static let example = InspectionQuestions(
        externalMounts: ["/srv/ä b"], processorImage: [0, 255], isOnTheNetwork: true)
}

extension DestinationFacts {
    /// With every fact that can be there, and some that could not be found out.
    static let full = {
        var facts = DestinationFacts(
            node: NodeFacts(
                architecture: "x86_64", processorFeatures: ["sse2"], technologies: ["nptl"], controlGroupVersion: 2,
                clock: .max, criuVersion: nil),
            area: Room(bytes: .max, inodes: nil), kept: Room(bytes: 0, inodes: 0), memory: 1, imagesRoom: 2)
        facts.templates = .known(["debian-12"])
        facts.licence = .known(
            LicenceFacts(
                file: "/etc/vz/licence", status: "active", expires: nil, containerLimit: 3, containers: 2))
        facts.shaping = .unreadable("/etc/vz/conf/networks_classes:3: it is not a class")
        facts.addressHolders = .known([AddressHolder(address: "fd00::1", holder: "CT 7")])
        facts.missingMounts = ["/srv"]
        return facts
    }()
}

/// One of each message, and of each of its forms.
enum Examples {
    static let arrivals: [IncomingContainer] =
        [
            .example(.restarted(starting: true), privateArea: "/a b"), .example(.stopped, sharesStorage: true),
        ] + MigrationKind.allCases.map { .example($0) }

    static let hellos: [AgentHello] = [
        AgentHello(tool: "1.0", node: "n1", purpose: .control),
        AgentHello(tool: "1.0", node: "n1", purpose: .bulk(.example, .warmTree)),
        AgentHello(tool: "1.0", node: "n1", purpose: .bulk(.example, .finalTree)),
        AgentHello(tool: "", node: "", purpose: .bulk(.example, .images)),
    ]

    static let greetings: [AgentGreeting] = [
        .welcome(AgentWelcome(tool: "1.0", node: "n2", unfinished: [])),
        .welcome(AgentWelcome(tool: "1.0", node: "n2", unfinished: [.example, .example])), .refused(.refusal),
    ]

    static let requests: [AgentRequest] =
        arrivals.map { .inspect($0, .example) }
        + arrivals.map { .accept(.example, AcceptedContainer(arriving: $0, keepsArea: true)) } + [
            .seek(SoughtArea(arriving: .example(.stopped), container: "101", area: "/a", sight: "1 2 3.4", probe: nil)),
            .seek(
                SoughtArea(
                    arriving: .example(.copied(whileRunning: true)), container: "101", area: "/a b", sight: "",
                    probe: StorageProbe(name: ".p", sight: "5 6 7.8", content: "x"))),
            .prepare(.example, ContentDigests(treeDigest: "aa")),
            .prepare(.example, ContentDigests(treeDigest: "aa", imagesDigest: "bb", memoryDigest: "cc")),
            .commit(.example), .abort(.example, because: "the disk is full"), .complete(.example),
        ]

    static let answers: [AgentAnswer] = [
        .sought(AreaSighting(place: nil, isWanted: false)), .sought(AreaSighting(place: "/a b", isWanted: true)),
        .inspected(
            NodeInspection(failures: [.refusal], highestEpoch: .max, facts: .full)),
        .done, .activated(isRunning: true, memoryLost: false), .activated(isRunning: true, memoryLost: true),
        .handedBack(.refusal), .contradicted(.refusal), .refused(.refusal),
    ]
}
