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
    init(_ plan: MigrationPlan, in workplace: Workplace) throws {
        let (journal, guardian, peer) = (workplace.journal, workplace.guardian, PeerWitness())
        self.init(
            site: HostedDeparture(of: plan, from: workplace.node), records: journal,
            log: try MigrationLog<SourceMigration>(of: plan.migration, in: journal, peer: peer),
            link: try Self.link(plan, workplace, peer),
            session: MigrationSession(
                interruption: workplace.interruption, freezeTimeout: workplace.freezeTimeout,
                environment: ServerEnvironment(), tell: Output.tell),
            beforeWork: { () throws(StepFailure) in try guardian?.watch() })
    }

    private static func link(_ plan: MigrationPlan, _ workplace: Workplace, _ peer: PeerWitness) throws -> SecureLink {
        let (current, container) = (plan.migration, plan.container)
        let say: @Sendable (String) -> Void = { Output.tell("CT \(container): \($0)") }
        var options = SSHOptions()
        options.timeout = workplace.timeout
        options.secrets = workplace.secrets
        options.askingProgram = ToolVersion.programPath
        options.say = say
        let earlier = EarlierOutcome(of: workplace.journal, complain: Output.complain)
        return SecureLink(
            destination: try SSHDestination(parsing: plan.places.destination),
            client: SSHClient(
                to: plan.places.destination, commandLine: plan.places.sshOptions, base: options),
            patience: options.timeout, tool: ToolVersion.text, journal: workplace.journal, peer: peer,
            settle: { reference, exchange in try await earlier.settle(reference, current: current, exchange) },
            say: say)
    }
}
