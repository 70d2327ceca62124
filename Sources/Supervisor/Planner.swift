internal import Engine
package import HandOver

/// Makes the plan of one container's migration out of what was asked and how the container is.
package struct Planner: Sendable {
    private let request: MigrationRequest
    private let item: ContainerListItem
    private let container: ContainerFacts
    private let host: any SourceHost

    package init(
        _ request: MigrationRequest, _ item: ContainerListItem, _ container: ContainerFacts, on host: any SourceHost
    ) {
        (self.request, self.item, self.container, self.host) = (request, item, container, host)
    }

    package func plan() throws -> MigrationPlan {
        let kind = self.kind
        let own = kind.isCopy ? nil : self.container.identity
        let identity = own ?? self.host.newIdentity()
        let asked = self.request.online
        return MigrationPlan(
            migration: self.host.newMigration(), container: self.container.container,
            destinationContainer: self.item.newContainer ?? self.container.container,
            identity: identity, epoch: try self.host.records.highestEpoch(of: identity) + 1, kind: kind,
            askedType: asked.flatMap { kind == .online($0) ? nil : $0 },
            removesArea: try self.request.removesArea ?? self.host.removesMigrated(),
            keepsDestination: self.request.keepsDestination, wasDisabled: self.container.isDisabled,
            maxDowntime: self.request.maxDowntime, autoConverges: self.request.autoConverges,
            waivedChecks: self.request.waivedChecks,
            places: .init(
                destination: self.request.destinationText, privateArea: self.container.privateArea,
                destinationPrivateArea: self.item.destinationPrivateArea, destinationRoot: self.item.destinationRoot,
                sshOptions: self.request.sshOptions))
    }

    /// What an operator has to know before anything stops.
    package func remarks(on plan: MigrationPlan) -> [String] {
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

    private var kind: MigrationKind {
        let isRunning = self.container.isAlive
        if self.request.copies { return .copied(whileRunning: isRunning) }
        guard isRunning else { return .stopped }
        guard let online = self.request.online, self.request.starts else {
            // The manual: with --nodeps it is to be started by hand, once what is missing is there.
            return .restarted(starting: self.request.starts && self.request.waivedChecks.isEmpty)
        }
        return .online(self.host.servesPages ? online : online.withoutPostCopy)
    }
}
