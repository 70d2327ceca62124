internal import Container
internal import Engine
internal import HandOver
internal import Host
internal import Source

/// Makes the plan of one container's migration out of what was asked and how the container is.
struct Planner {
    let request: MigrationRequest
    let item: ContainerListItem
    let container: HostedContainer
    let node: SourceNode

    func plan() throws -> MigrationPlan {
        let kind = try self.kind()
        let configuration = self.container.configuration
        let identity =
            try kind.isCopy ? UniqueID.random().uuid : configuration.uuid ?? UniqueID.random().uuid
        let asked = self.request.online
        return MigrationPlan(
            migration: .random(), container: self.container.id,
            destinationContainer: self.item.newContainer ?? self.container.id,
            identity: identity, epoch: try self.node.journal.highestEpoch(of: identity) + 1, kind: kind,
            askedType: asked.flatMap { kind == .online($0) ? nil : $0 },
            removesArea: try self.request.removesArea ?? configuration.global.removesMigrated,
            keepsDestination: self.request.keepsDestination, wasDisabled: try configuration.isDisabled,
            maxDowntime: self.request.maxDowntime, autoConverges: self.request.autoConverges,
            waivedChecks: self.request.waivedChecks,
            places: .init(
                destination: self.request.destinationText, privateArea: self.container.area,
                destinationPrivateArea: self.item.destinationPrivateArea, destinationRoot: self.item.destinationRoot,
                sshOptions: self.request.sshOptions))
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
        if plan.kind == .restarted(starting: false), self.request.starts {
            remarks.append("CT \(id): with --nodeps it is stopped, moved, and not started at the destination")
        }
        if plan.sharesStorage {
            let kept = self.request.keepsDestination ? ", and --keep-dst has nothing to keep" : ""
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
        if self.request.copies { return .copied(whileRunning: isRunning) }
        guard isRunning else { return .stopped }
        guard let online = self.request.online, self.request.starts else {
            // The manual: with --nodeps it is to be started by hand, once what is missing is there.
            return .restarted(starting: self.request.starts && self.request.waivedChecks.isEmpty)
        }
        return .online(UserFaults.areThere ? online : online.withoutPostCopy)
    }
}
