internal import Container
package import HandOver
internal import SSH
internal import Transfer

extension SourceSteps {
    /// Finds out whether the destination has the area on the same storage already, before anything is planned.
    ///
    /// What is there is compared first, so that nothing is written where storage is not shared.
    ///
    /// - Returns: the plan, which says so if it is so.
    /// - Throws: why the destination cannot be asked, or why the container cannot go there as asked.
    package func findStorage(for plan: MigrationPlan) async throws(StepFailure) -> MigrationPlan {
        let site = self.site
        let (arriving, sight) = try await self.onThisNode(.system, "look at the area of CT \(plan.container)") {
            (try site.describe(), try site.areaSight())
        }
        func ask(_ probe: StorageProbe?) async throws(StepFailure) -> AreaSighting {
            try await self.seek(
                SoughtArea(
                    arriving: arriving, container: plan.container.description, area: plan.places.privateArea,
                    sight: sight, probe: probe))
        }
        let likeness = try await ask(nil)
        guard let place = likeness.place else { return plan }
        let probe = try await self.onThisNode(.system, "make a probe") { try site.placeProbe() }
        let proof: Result<AreaSighting, StepFailure>
        do throws(StepFailure) {
            proof = .success(
                try await ask(StorageProbe(name: probe.name, sight: probe.sight, content: probe.content)))
        } catch { proof = .failure(error) }
        do throws(StepFailure) {
            try await self.onThisNode(.system, "remove a probe") { try probe.remove() }
        } catch {
            // Where both failed, the first says more.
            _ = try proof.get()
            throw error
        }
        return try self.judge(plan, likeness: likeness, place, proof.get())
    }

    private func seek(_ sought: SoughtArea) async throws(StepFailure) -> AreaSighting {
        let answer = try await self.order(.seek(sought))
        guard case .sought(let sighting) = answer else {
            throw StepFailure(.protocolViolated, "the agent answered the search for an area with \(answer)")
        }
        return sighting
    }

    private func judge(
        _ plan: MigrationPlan, likeness: AreaSighting, _ place: String, _ proof: AreaSighting
    ) throws(StepFailure) -> MigrationPlan {
        let host = self.link.destination.host
        guard let proven = proof.place else {
            // An area that only looks like it and is not in the way does not concern us.
            guard likeness.isWanted else { return plan }
            throw StepFailure(
                .notSharedStorage,
                "\(host): \(place) there looks like the private area of CT \(plan.container), but what is made beside "
                    + "the area here is not seen there: it is on other storage, or a copy of it; mount the same "
                    + "storage there, or move that away")
        }
        guard proof.isWanted else {
            throw StepFailure(
                .usage,
                "CT \(plan.container) is on storage that \(host) shares, where its private area is \(proven): it keeps "
                    + "that place; give no other private area, and no new id that would change it")
        }
        guard !plan.kind.isCopy else {
            throw StepFailure(
                .usage,
                "CT \(plan.container) is on storage that \(host) shares, where its private area is \(proven): nothing "
                    + "is there to be copied, and two containers must not have one area; give the copy an id and a "
                    + "private area of its own")
        }
        return plan.sharingStorage()
    }
}
