package import HandOver

extension DestinationPlan {
    package static let example = DestinationPlan(
        migration: .example, container: MigrationPlan.example().container, identity: MigrationPlan.example().identity,
        epoch: 7, kind: .online(.simple), keepsArea: true,
        places: .init(
            privateArea: "/vz/private/102", incomingArea: "/vz/private/102.incoming", configuration: "NAME=\"ö\"\n"))
}

extension DestinationPlan {
    package static let shared = DestinationPlan(
        migration: .example, container: MigrationPlan.example().container, identity: MigrationPlan.example().identity,
        epoch: 7, kind: .stopped, keepsArea: false, sharesStorage: true,
        places: .init(
            privateArea: "/vz/private/101", incomingArea: "/vz/private/101.incoming", configuration: "ONBOOT=\"no\"\n"))
}

extension UniqueID {
    /// Always the same one.
    package static let example = (UniqueID(parsing: "000102030405060708090a0b0c0d0e0f")).unsafelyUnwrapped
}

extension MigrationPlan {
    /// A plan in which every field has a value of its own, always the same.
    package static let full: MigrationPlan = {
        let (container, moved) = ((try? ContainerID(parsing: "101")), (try? ContainerID(parsing: "web-1")))
        return MigrationPlan(
            migration: .example, container: container.unsafelyUnwrapped,
            destinationContainer: moved.unsafelyUnwrapped, identity: "0c8ee6c5-7f8a-4b0a-9a53-8f2d8a6fb3c1",
            epoch: 7, kind: .online(.simple), askedType: .lazyIterative, removesArea: true, keepsDestination: false,
            wasDisabled: true,
            places: .init(
                destination: "root@node2", privateArea: "/vz/private/101", destinationPrivateArea: "/mnt/a b",
                destinationRoot: "/vz/root/web-1"))
    }()

    /// The same with what a later version has added.
    package static let withOptions = MigrationPlan(
        migration: .example, container: full.container, destinationContainer: full.destinationContainer,
        identity: full.identity, epoch: full.epoch, kind: full.kind, askedType: nil, removesArea: false,
        keepsDestination: false, wasDisabled: false,
        places: .init(
            destination: "node2", privateArea: "/vz/private/101", destinationPrivateArea: nil, destinationRoot: nil,
            sshOptions: "-p 2222 -i '/root/a key' -J admin@gate"))
}

extension MigrationPlan {
    /// Of a container whose area the destination has already.
    package static let shared = MigrationPlan.full.sharingStorage()

    /// One that passes over checks.
    package static let waiving = {
        let plan = MigrationPlan.full
        return MigrationPlan(
            migration: plan.migration, container: plan.container, destinationContainer: plan.destinationContainer,
            identity: plan.identity, epoch: plan.epoch, kind: plan.kind, askedType: nil, removesArea: false,
            keepsDestination: false, wasDisabled: false, waivedChecks: [.rate, .diskSpace], places: plan.places)
    }()
}

extension CheckFinding {
    package static let example = CheckFinding(
        .diskSpace, .diskSpace, "room for the private area", here: "7 bytes", there: "6 bytes free",
        remedy: "make room there")
}

extension SourceEvent {
    /// An event of every kind that the source's journal can hold.
    package static let examples: [SourceEvent] =
        [.planned(.full), .interrupted(.example)] + SourceStep.allCases.map(Self.stepStarted)
        + SourceStep.allCases.map { .stepFailed($0, .example) } + SourceStep.allCases.map(Self.success)
        + [
            .commitRevoked(.example), .sourceRolledBack(memoryLost: true), .assumed(.example), .contradicted(.example),
            .destinationConfirmed(ConfirmedHandOver(isRunning: true, downtime: nil, isMemoryLost: true)),
            .containerDumped(ContainerDump(ContentDigests(treeDigest: "aa", imagesDigest: "bb", memoryDigest: "cc"))),
            .destinationConfirmed(
                ConfirmedHandOver(
                    isRunning: true, downtime: .nanoseconds(5), parts: [TimedPart("restore", .nanoseconds(3))])),
            .postCopyAbandoned(.example), .planned(.waiving), .checksPassed(waived: [.example]),
            .planned(.shared), .planned(.withOptions),
        ]
}

extension DestinationEvent {
    /// An event of every kind that the destination's journal can hold.
    package static let examples: [DestinationEvent] =
        DestinationStep.allCases.map(Self.stepStarted) + DestinationStep.allCases.map { .stepFailed($0, .example) } + [
            .accepted(.example), .prepared(.example), .committed, .resumed(isRunning: true, memoryLost: false),
            .completed,
            .abortOrdered(.example), .aborted(kept: true), .resumed(isRunning: true, memoryLost: true),
            .handedBack(.example), .assumed(.example), .contradicted(.example), .pagesArrived(.example),
            .pagesLost(.example, isForGood: false), .pagesLost(.example, isForGood: true), .accepted(.shared),
        ]
}
