internal import HandOver
internal import Transfer

extension DestinationSteps {
    /// Verifies what arrived, gives the area its final name, and brings the container as far as it goes without letting
    /// it run. What it returns is this node's vote: from then on only the source decides.
    func prepareContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        let site = self.host.site(of: plan)
        try site.endReceptions()
        let dump = try self.verifiedContent(of: site)
        if plan.sharesStorage {
            try Self.assureFenced(site)
        } else {
            try site.raiseFence()
            try site.makeDurable()
            try site.moveIntoPlace()
        }
        switch plan.kind {
        case .stopped, .copied, .restarted(starting: false): break
        case .restarted(starting: true): try site.createHeld()
        case .online:
            try site.joinMemory()
            if plan.kind.isLazy { try site.startPageDaemon() }
            try site.restoreHeld()
        }
        return .prepared(dump)
    }

    /// The fence of an area that is shared is the source's to raise, and to lower if it takes the container back. It
    /// may do so at any time before the commit, so whoever raised it here could raise it over a container that has long
    /// gone on. It is lowered here only when the container is ours.
    private static func assureFenced(_ site: any DestinationSite) throws {
        guard try !site.isFenced() else { return }
        throw StepFailure(.notSharedStorage, "the fence of the source is not seen in the private area here")
    }

    /// The digests, taken from what is on this node, have to be those that the source has.
    private func verifiedContent(of site: any DestinationSite) throws -> ContainerDump {
        guard let expected = self.expected else { throw StepFailure(.protocolViolated, "nothing is expected here") }
        let tree = try site.treeDigest()
        guard tree == expected.treeDigest else {
            throw StepFailure(
                .copyFailed, "the private area here has the digest \(tree), not \(expected.treeDigest) as at the source"
            )
        }
        guard let wanted = expected.imagesDigest else {
            return ContainerDump(ContentDigests(treeDigest: tree))
        }
        let images = try site.imagesDigest()
        guard images == wanted else {
            throw StepFailure(.copyFailed, "the images here have the digest \(images), not \(wanted) as at the source")
        }
        let memory = try site.memoryDigest()
        guard memory == expected.memoryDigest else {
            throw StepFailure(
                .copyFailed,
                "the memory here has the digest \(memory), not \(expected.memoryDigest ?? "-") as at the "
                    + "source")
        }
        return ContainerDump(ContentDigests(treeDigest: tree, imagesDigest: images, memoryDigest: memory))
    }
}
