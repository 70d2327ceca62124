internal import Container
internal import HandOver
internal import Host
internal import Transfer

/// Looks at this server for an arriving container: what is in its way here, and what its source is to compare.
struct ServerSurvey {
    let node: DestinationNode
    let arriving: IncomingContainer
    let questions: InspectionQuestions?

    func run() throws -> NodeSurvey {
        var survey = NodeSurvey()
        do {
            let configuration = try IncomingConfiguration(of: self.arriving, on: self.node.registry).configuration
            survey.failures += try self.identityFailures() + self.placeFailures(configuration)
            survey.failures += self.runtimeFailures(configuration) + self.memoryFailures(configuration)
            survey.failures += self.networkFailures(configuration) + self.bundleFailures()
            survey.facts = try self.questions.map { questions in
                try DestinationSurvey(
                    of: configuration, questions, registry: self.node.registry, programs: self.node.programs
                ).facts(incoming: NodeLayout.incoming(try configuration.privateArea), restores: self.restores)
            }
        } catch let refusal as StepFailure {
            survey.failures.append(refusal)
        }
        return survey
    }

    /// Whether its memory travels.
    private var restores: Bool {
        switch self.arriving.preparation {
        case .registered, .started, .copied: false
        case .restored, .restoredLazily: true
        }
    }

    /// CRIU and the kernel have to do their part.
    private func memoryFailures(_ configuration: ContainerConfiguration) -> [StepFailure] {
        guard self.restores else { return [] }
        let follows = self.arriving.preparation == .restoredLazily
        var failures: [StepFailure] = []
        // A runtime that cannot be asked is a failure of its own.
        if let runtime = try? self.node.programs.runtime(named: configuration.runtime),
            let obstacle = try? runtime.checkpointObstacle(leavingPages: follows)
        {
            failures.append(StepFailure(.liveMigrationFailed, obstacle))
        }
        do { try self.node.programs.criu.check() } catch {
            failures.append(StepFailure(.agentUnusable, "CRIU cannot be used: \(error)"))
        }
        if follows, !UserFaults.areThere {
            failures.append(
                StepFailure(
                    .liveMigrationFailed,
                    "the kernel here has no userfaultfd, so that memory cannot follow the container; leave --lazy away")
            )
        }
        return failures
    }

    private func identityFailures() throws -> [StepFailure] {
        try self.node.registry.containers(withUUID: self.arriving.identity).map {
            StepFailure(.identityConflict, "CT \($0) here has the same UUID \(self.arriving.identity)")
        }
    }

    private func placeFailures(_ configuration: ContainerConfiguration) throws -> [StepFailure] {
        var failures: [StepFailure] = []
        if self.node.registry.isRegistered(configuration.id) {
            failures.append(
                StepFailure(.containerExists, "CT \(configuration.id) exists here; give a new id: CT:new_CT"))
        }
        if let runtime = try? self.node.programs.runtime(named: configuration.runtime),
            // One that cannot be asked is a failure of its own, below.
            let state = try? runtime.state(configuration.id.description)
        {
            failures.append(
                StepFailure(
                    .containerExists, "the runtime here has a container \(configuration.id), which is \(state.status)"))
        }
        let area = try configuration.privateArea
        if self.arriving.sharesStorage {
            failures += try self.sharedAreaFailures(area, of: configuration.id)
        } else if DurableFile.exists(area) {
            failures.append(StepFailure(.containerExists, "\(area) exists here and belongs to no arriving container"))
        }
        return failures
    }

    private func runtimeFailures(_ configuration: ContainerConfiguration) -> [StepFailure] {
        do {
            _ = try self.node.programs.runtime(named: configuration.runtime).version()
            return []
        } catch {
            return [StepFailure(.agentUnusable, "the container's runtime cannot be used: \(error)")]
        }
    }

    /// What the container's config.json names and another container here may have already.
    private func bundleFailures() -> [StepFailure] {
        guard self.arriving.preparation != .copied else { return [] }
        var taken: [String] = []
        if let namespace = self.arriving.networkNamespace, DurableFile.exists(namespace) {
            taken.append("the network namespace \(namespace)")
        }
        do {
            if let group = self.arriving.controlGroup, try ControlGroups.areInUse(group) {
                taken.append("the control group \(group)")
            }
        } catch {
            return [StepFailure(.system, "\(error)")]
        }
        return taken.map {
            StepFailure(
                .containerExists, "\($0), which config.json of the container names, is another container's here")
        }
    }

    /// The bridges have to be there and the devices not: nothing may fail any more once the container is let go.
    private func networkFailures(_ configuration: ContainerConfiguration) -> [StepFailure] {
        let interfaces: [ContainerInterface]
        do {
            interfaces = try configuration.containerInterfaces()
        } catch {
            return [StepFailure(.system, "\(error)")]
        }
        let bridges = interfaces.map(\.bridge).filter { !DurableFile.exists("/sys/class/net/\($0)/bridge") }
        let devices = interfaces.map(\.hostName).filter { DurableFile.exists("/sys/class/net/\($0)") }
        return bridges.map {
            StepFailure(.system, "the bridge \($0), which NETIF of CT \(configuration.id) names, is not here")
        }
            + devices.map {
                StepFailure(
                    .containerExists,
                    "the device \($0), which NETIF of CT \(configuration.id) names, exists here already")
            }
    }
}

extension ServerSurvey {
    /// An area that the source shares has to be here, and to be no other container's.
    func sharedAreaFailures(_ area: String, of container: ContainerID) throws -> [StepFailure] {
        guard try DurableFile.isThere(area) else {
            return [StepFailure(.notSharedStorage, "\(area), which the source shares, is not here any more")]
        }
        let registry = self.node.registry
        return try registry.containers().filter { id in
            // One that cannot be read may have the area: it stands in the way until somebody has mended it.
            guard id != container else { return false }
            return try registry.configuration(of: id).privateArea == area
        }.map {
            StepFailure(.containerExists, "CT \($0) here has \(area), the private area of CT \(container), too")
        }
    }
}
