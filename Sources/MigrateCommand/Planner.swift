internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import MigrationEngine
internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration

/// Makes the plan of one container's migration out of what was asked and how the container is.
struct Planner {
    let intention: Intention
    let item: ContainerListItem
    let container: HostedContainer
    let node: SourceNode

    func plan() throws -> MigrationPlan {
        let kind = try self.kind()
        let configuration = self.container.configuration
        let identity =
            try kind.isCopy ? ContainerRegistry.randomUUID() : configuration.uuid ?? ContainerRegistry.randomUUID()
        let asked = self.intention.online?.type
        return MigrationPlan(
            migration: .random(), container: self.container.id,
            destinationContainer: self.item.newContainer ?? self.container.id,
            identity: identity, epoch: try self.node.journal.highestEpoch(of: identity) + 1, kind: kind,
            askedType: asked.flatMap { kind == .online($0) ? nil : $0 },
            removesArea: try self.intention.removesArea ?? configuration.global.removesMigrated,
            keepsDestination: self.intention.keepsDestination, wasDisabled: try configuration.isDisabled,
            maxDowntime: self.intention.maxDowntime, autoConverges: self.intention.autoConverges,
            passedChecks: self.intention.passedChecks,
            places: .init(
                destination: self.intention.destinationText, privateArea: self.container.area,
                destinationPrivateArea: self.item.destinationPrivateArea, destinationRoot: self.item.destinationRoot,
                sshOptions: self.intention.sshOptions))
    }

    /// What an operator has to know before anything stops.
    func remarks(on plan: MigrationPlan) -> [String] {
        let id = plan.container
        var remarks: [String] = []
        if let asked = plan.askedType, plan.kind.isOnline, plan.sharesStorage {
            remarks.append(
                "CT \(id): \(asked.rawValue) was asked for; over storage that is shared memory does not follow, and it "
                    + "is \(plan.kind)")
        } else if let asked = plan.askedType, plan.kind.isOnline {
            remarks.append(
                "CT \(id): \(asked.rawValue) was asked for; this kernel has no userfaultfd, so that memory cannot "
                    + "follow, and it is \(plan.kind)")
        } else if plan.askedType != nil, plan.kind == .stopped {
            remarks.append("CT \(id) is stopped: it is moved as a stopped container")
        } else if plan.askedType != nil {
            remarks.append("CT \(id): with --nostart it is stopped, moved, and stays stopped at the destination")
        }
        if plan.kind == .restarted(starting: false), self.intention.starts {
            remarks.append("CT \(id): with --nodeps it is stopped, moved, and not started at the destination")
        }
        if plan.sharesStorage {
            let kept = self.intention.keepsDestination ? ", and --keep-dst has nothing to keep" : ""
            remarks.append(
                "CT \(id): its private area is on storage that the destination shares: nothing is copied\(kept)")
        }
        if case .copied(whileRunning: true) = plan.kind {
            remarks.append("CT \(id) runs: the copy is that of a running file system")
        }
        return remarks
    }

    private func kind() throws -> MigrationKind {
        let isRunning = try self.container.isAlive()
        if self.intention.copies { return .copied(whileRunning: isRunning) }
        guard isRunning else { return .stopped }
        guard let online = self.intention.online, self.intention.starts else {
            // The manual: with --nodeps it is to be started by hand, once what is missing is there.
            return .restarted(starting: self.intention.starts && self.intention.passedChecks.isEmpty)
        }
        return .online(UserFaults.areThere ? online.type : online.type.withoutFollowing)
    }
}
