internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("Programs read records, people lines, and several containers move at once")
    struct BatchTests {
        /// Checked by a validator that is not ours; a line that is no record of the schema is said.
        static func expectValid(_ outcome: CommandOutcome) throws {
            let validator = """
                import json, sys, jsonschema
                schema = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
                for line in sys.argv[2].splitlines():
                    for error in schema.iter_errors(json.loads(line)): print(line, error.message)
                """
            let schema = "\(Lab.repository)/journal-schema/batch.schema.json"
            let result = try Command.run(["python3", "-c", validator, schema, outcome.output])
            #expect(result.status == 0 && result.output.isEmpty, "\(result)")
            #expect(outcome.complaint.isEmpty, "\(outcome)")
        }

        static func records(_ kind: String, in outcome: CommandOutcome) -> [String] {
            outcome.lines.filter { $0.contains("\"record\":\"\(kind)\"") }
        }

        @Test("A success: plan, phases, progress, one result, one summary", .timeLimit(.minutes(1)))
        func success() throws {
            let container = try TestContainer(kind: "memory:64M")
            let outcome = try Node.node1.migrate("-b", "--online", "--limit-speed", "60M", "node2", container.id)
            #expect(outcome.status == 0)
            try Self.expectValid(outcome)
            #expect(Self.records("plan", in: outcome).count == 1)
            let phases = Self.records("phase", in: outcome)
            let iterated = phases.filter { $0.contains("\"phase\":\"iterated\"") }
            #expect(iterated.count <= 1, "a phase is told once, however many rounds it has")
            for phase in ["planned", "synced", "frozen", "committed", "completed"] {
                #expect(phases.contains { $0.contains("\"phase\":\"\(phase)\"") }, "\(phase)")
            }
            #expect(!Self.records("progress", in: outcome).isEmpty)
            let result = try #require(Self.records("result", in: outcome).first)
            let wanted = ["\"place\":\"destination\"", "\"running\":true", "\"status\":0", "\"downtimeMilliseconds\":"]
            for words in wanted {
                #expect(result.contains(words), "\(result)")
            }
            #expect(outcome.lines.last?.contains("\"record\":\"summary\"") == true)
        }

        @Test("A refusal has each finding; a roll-back says that it is still here", .timeLimit(.minutes(1)))
        func failures() throws {
            let container = try TestContainer(kind: "counter")
            try Node.node1.shell("printf 'TECHNOLOGIES=ia64\nTEMPLATES=mc-lab\n' >> /etc/vz/conf/$1.conf", container.id)
            let refusal = try Node.node1.migrate("-b", "node2", container.id)
            #expect(refusal.status == 32)
            try Self.expectValid(refusal)
            #expect(Self.records("check", in: refusal).count == 2, "\(refusal)")
            #expect(Self.records("result", in: refusal).allSatisfy { $0.contains("\"place\":\"source\"") })
            try Node.node1.shell("sed -i '/TECHNOLOGIES/d; /TEMPLATES/d' /etc/vz/conf/$1.conf", container.id)
            try Node.node2.shell("mount -t tmpfs -o size=1m none /vz/private")
            defer { _ = try? Node.node2.shell("umount /vz/private") }
            let rollBack = try Node.node1.migrate("-b", "--nodeps=disk_space", "node2", container.id)
            #expect(rollBack.status == 6, "\(rollBack)")
            try Self.expectValid(rollBack)
            #expect(Self.records("check", in: rollBack).allSatisfy { $0.contains("\"passedOver\":true") })
            #expect(Self.records("phase", in: rollBack).contains { $0.contains("\"phase\":\"rolledBack\"") })
            #expect(Self.records("result", in: rollBack).allSatisfy { $0.contains("\"place\":\"source\"") })
        }

        @Test("Ten at once by four, one of which fails: nine moved, one still here", .timeLimit(.minutes(2)))
        func ten() throws {
            let containers = try (0..<10).map { _ in try TestContainer(kind: "counter") }
            let ids = containers.map(\.id)
            try Node.node2.shell("echo > /etc/vz/conf/$1.conf", ids[4])
            let outcome = try Node.node1.start(["vzmigrate", "-b", "--jobs", "4", "node2"] + ids).wait()
            #expect(outcome.status == 9, "\(outcome)")
            try Self.expectValid(outcome)
            #expect(Self.records("result", in: outcome).count == 10)
            let summary = try #require(outcome.lines.last)
            #expect(summary.contains("\"failed\":1") && summary.contains("\"moved\":9"), "\(summary)")
            try Node.node2.shell("rm /etc/vz/conf/$1.conf", ids[4])
            for (index, container) in containers.enumerated() {
                #expect(try container.status(on: index == 4 ? .node1 : .node2) == "running")
                #expect(try container.status(on: index == 4 ? .node2 : .node1) == nil)
                let rows = try Node.node1.journal(of: container.id)
                #expect(rows.last?.kind == (index == 4 ? "checkNodes.failed" : "completed"), "\(rows)")
            }
        }

        @Test("Several at once end together what an agent holds whose source is gone", .timeLimit(.minutes(1)))
        func lingeringAgent() throws {
            let lost = try TestContainer(kind: "counter")
            let migration = try SteppedMigration(of: lost, ["node2", lost.id])
            try migration.run(to: "tree.synced")
            // Cut off, the agent hears nothing of the end of its source, nor of the roll-back.
            try RecoveryTests.link(.node2, isUp: false)
            defer { try? RecoveryTests.link(.node2, isUp: true) }
            let noGuardian = "pkill -KILL -f -- '--recover [-]-guard'; exit 0"
            try Node.node1.shell(noGuardian)
            _ = migration.kill()
            _ = try Node.node1.migrate("--recover", lost.id, "--timeout", "1")
            try Node.node1.shell(noGuardian)
            let containers = try (0..<4).map { _ in try TestContainer(kind: "counter") }
            #expect(!Node.node2.processes(named: "vzmigrate-agent").isEmpty, "its agent has heard of it")
            try RecoveryTests.link(.node2, isUp: true)
            let outcome = try Node.node1.start(["vzmigrate", "--jobs", "4", "node2"] + containers.map(\.id)).wait()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(containers.allSatisfy { $0.counts(on: .node2) })
            #expect(try Node.node1.migrate("--recover").status == 0)
            #expect(lost.counts(on: .node1))
        }

        @Test("On a terminal a line changes in place, and fits however narrow it gets", .timeLimit(.minutes(1)))
        func terminal() throws {
            let container = try TestContainer(kind: "memory:64M")
            // It is made narrower while the first round goes over, which takes seven seconds.
            let script = """
                export TERM=xterm
                script -qec 'stty cols 60; (sleep 3; stty -F /dev/tty cols 30) & \
                exec vzmigrate --online --limit-speed 10M node2 ID' /dev/null < /dev/null
                """
            let outcome = try Node.node1.start(["bash", "-c", script.replacing("ID", with: container.id)]).wait()
            #expect(outcome.status == 0, "\(outcome)")
            let drawn = outcome.output.split(separator: "\r\n").filter { $0.contains("CT \(container.id)  ") }
            let live = drawn.map { $0.split(separator: "\u{1B}[J").last.map(String.init) ?? String($0) }
            #expect(live.contains { $0.contains("%") }, "\(live)")
            #expect(live.allSatisfy { $0.count < 60 }, "\(live)")
            #expect(live.contains { $0.count > 30 } && live.contains { $0.count <= 30 }, "\(live)")
            #expect(outcome.output.contains("CT \(container.id) runs on node2"), "\(outcome)")
        }

        @Test("Without a terminal lines are plain; -q says the outcome alone, -v every state", .timeLimit(.minutes(1)))
        func plain() throws {
            let container = try TestContainer(kind: "counter")
            let quiet = try Node.node1.migrate("-q", "node2", container.id)
            #expect(quiet.status == 0 && quiet.lines.count == 1 && quiet.complaint.isEmpty, "\(quiet)")
            #expect(quiet.output.contains(" sent, ") && quiet.output.contains(" s in all"), "\(quiet)")
            try Node.node2.shell("sed -i /DISABLED/d /etc/vz/conf/$1.conf", container.id)
            let verbose = try Node.node2.migrate("-v", "node1", container.id)
            #expect(verbose.status == 0 && !(verbose.output + verbose.complaint).contains("\u{1B}"), "\(verbose)")
            for state in ["checked", "fenced", "synced", "frozen", "committed", "completed"] {
                #expect(verbose.lines.contains("CT \(container.id): \(state)"), "\(verbose)")
            }
        }
    }
}
