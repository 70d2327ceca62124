internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import SecureShell
internal import ToolInformation

extension MigrationWorker {
    /// A worker on this server; from before its first change on, the guardian watches.
    ///
    /// - Parameters:
    ///   - plan: of the migration.
    ///   - workplace: this server.
    ///   - telling: hears of its course; `nil` where nobody wants to.
    /// - Throws: where the journal cannot be read, or the plan's destination is none.
    init(_ plan: MigrationPlan, in workplace: Workplace, telling: ItemTelling? = nil) throws {
        let (journal, guardian, peer) = (workplace.journal, workplace.guardian, PeerWitness())
        let earlier = EarlierOutcome(of: journal, complain: Output.complain)
        let session = MigrationSession(
            interruption: workplace.interruption, freezeTimeout: workplace.freezeTimeout,
            environment: ServerEnvironment(), tell: Output.tell, hear: { telling?.check($0) })
        telling?.plan(plan, carriedOutIn: session)
        let log = try MigrationLog<SourceMigration>(of: plan.migration, in: journal, peer: peer)
        self.init(
            site: HostedDeparture(of: plan, from: workplace.node), records: journal,
            log: telling.map { ToldLog(log: log, telling: $0) } ?? log,
            link: try SecureLink(for: plan, in: workplace, peer) { reference, exchange in
                try await workplace.settlements.once(reference) {
                    try await earlier.settle(reference, current: plan.migration, exchange)
                }
            },
            session: session,
            beforeWork: { () throws(StepFailure) in try guardian?.watch() })
    }

}

extension SecureLink {
    /// The way to a plan's destination.
    ///
    /// - Parameters:
    ///   - plan: of the migration.
    ///   - workplace: this server.
    ///   - peer: hears where the other journal stands.
    ///   - settle: hears of what is unfinished there.
    /// - Throws: where the plan's destination is none.
    init(
        for plan: MigrationPlan, in workplace: Workplace, _ peer: PeerWitness, settle: @escaping EarlierSettlement
    ) throws {
        let container = plan.container
        let say: @Sendable (String) -> Void = { Output.tell("CT \(container): \($0)") }
        var options = SSHOptions()
        options.timeout = workplace.timeout
        options.secrets = workplace.secrets
        options.askpassProgram = ToolVersion.migratePath
        options.say = say
        self.init(
            destination: try SSHDestination(parsing: plan.places.destination),
            client: SSHClient(to: plan.places.destination, commandLine: plan.places.sshOptions, base: options),
            patience: options.timeout, tool: ToolVersion.text, journal: workplace.journal, peer: peer, settle: settle,
            say: say)
    }
}
