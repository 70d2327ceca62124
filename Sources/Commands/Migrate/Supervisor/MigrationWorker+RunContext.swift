internal import Engine
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import SSH
internal import Transfer

extension MigrationWorker {
    /// A worker on this server; from before its first change on, the guardian watches.
    ///
    /// - Parameters:
    ///   - plan: of the migration.
    ///   - context: this server.
    ///   - reporter: hears of its course; `nil` where nobody wants to.
    /// - Throws: where the journal cannot be read, or the plan's destination is none.
    init(_ plan: MigrationPlan, in context: RunContext, reporter: MigrationReporter? = nil) throws {
        let (journal, guardian, peer) = (context.journal, context.guardian, PeerWitness())
        let earlier = Reconciliation(of: journal, complain: Output.complain)
        let session = MigrationSession(
            interruption: context.interruption, freezeTimeout: context.freezeTimeout,
            environment: ServerEnvironment(), tell: Output.tell, hear: { reporter?.check($0) })
        reporter?.plan(plan, carriedOutIn: session)
        let log = try MigrationLog<SourceMigration>(of: plan.migration, in: journal, peer: peer)
        self.init(
            site: LocalSourceSite(of: plan, from: context.node), records: journal,
            log: reporter.map { ReportingLog(log: log, reporter: $0) } ?? log,
            link: try SecureLink(for: plan, in: context, peer) { reference, exchange in
                try await context.reconciliations.once(reference) {
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
    ///   - context: this server.
    ///   - peer: hears where the other journal stands.
    ///   - settle: hears of what is unfinished there.
    /// - Throws: where the plan's destination is none.
    init(
        for plan: MigrationPlan, in context: RunContext, _ peer: PeerWitness, settle: @escaping ReconcileEarlier
    ) throws {
        let container = plan.container
        let say: @Sendable (String) -> Void = { Output.tell("CT \(container): \($0)") }
        var options = SSHOptions()
        options.timeout = context.timeout
        options.secrets = context.secrets
        options.askpassProgram = ToolVersion.migratePath
        options.say = say
        self.init(
            destination: try SSHDestination(parsing: plan.places.destination),
            client: SSHClient(to: plan.places.destination, commandLine: plan.places.sshOptions, base: options),
            patience: options.timeout, tool: ToolVersion.text, journal: context.journal, peer: peer, settle: settle,
            say: say)
    }
}
