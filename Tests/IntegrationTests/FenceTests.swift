internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("While a migration holds a container, nobody starts another copy of it by hand")
    struct FenceTests {
        /// What happens on the source before the fence stands; "" is before there is a migration.
        static let unfenced = [
            "", "migration.planned", "checkNodes.intent", "checks.passed", "openDestination.intent",
            "destination.accepted", "raiseFence.intent",
        ]
        /// What happens once the container is given away.
        static let delivered = ["destination.confirmed", "releaseSource.intent", "completed"]

        @Test(
            "In every phase, at the source's pace", .timeLimit(.minutes(2)),
            arguments: [
                ["--online", "--noiter"], [],
            ])
        func sourcePhases(options: [String]) throws {
            let container = try TestContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container, options + ["node2", container.id])
            var kinds: Set<String> = []
            let outcome = try migration.walk { kind in
                kinds.insert(kind)
                if Self.unfenced.contains(kind) { return }
                try Self.expectFenced(container, on: .node1, in: kind)
                if Self.delivered.contains(kind) { return }
                try Self.expectFenced(container, on: .node2, in: kind)
                try Self.expectNothingRuns(container, on: .node2, in: kind)
                if kind != "completed" {
                    #expect(try container.configuration(on: .node1).contains("DISABLED=\"yes\""), "\(kind)")
                }
            }
            #expect(outcome.status == 0, "\(outcome)")
            #expect(kinds.count > 18, "\(kinds)")
            #expect(container.counts(on: .node2))
            #expect(try !container.configuration(on: .node2).contains("DISABLED"))
        }

        @Test(
            "In every phase, at the destination's pace", .timeLimit(.minutes(2)),
            arguments: [AppendStop.Place.before, .after], [["--online", "--noiter"], []])
        func destinationPhases(place: AppendStop.Place, options: [String]) throws {
            let container = try TestContainer(kind: "memory:8M")
            let agent = SteppedProgram("vzmigrate-agent", on: .node2, stopping: place, of: container)
            try AgentWrapper.install(agent.variables)
            defer { do { try AgentWrapper.remove() } catch { Issue.record(error) } }
            let command = try Node.node1.start(["vzmigrate"] + options + ["node2", container.id])
            var kinds: Set<String> = []
            while let kind = try agent.stand(orEnd: { command.hasEnded }) {
                kinds.insert(kind)
                if ["migration.accepted", "prepareContainer.intent", "prepared"].contains(kind) {
                    try Self.expectNothingRuns(container, on: .node2, in: kind)
                    try Self.expectFenced(container, on: .node2, in: kind)
                    try Self.expectFenced(container, on: .node1, in: kind)
                }
                agent.goOn()
            }
            let outcome = command.wait()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(kinds.isSuperset(of: ["prepareContainer.intent", "prepared", "committed"]), "\(kinds)")
            #expect(container.counts(on: .node2))
        }

        /// Every way to start the bundle by hand that runc has fails, whatever place and id are given.
        static func expectFenced(_ container: TestContainer, on node: Node, in phase: String) throws {
            let started = try node.shell(
                """
                for area in /vz/private/$1 /vz/private/$1.incoming; do
                    [ -e $area ] || continue
                    for verb in run create; do
                        # nothing of ours to be cleared away afterwards, so a success is told and ended
                        if timeout 5 runc $verb ${verb/run/run -d} -b $area other < /dev/null > /dev/null 2>&1
                        then echo "runc $verb of $area"; fi
                        runc delete -f other > /dev/null 2>&1
                    done
                done
                if runc create -b /vz/private/$1 $1 < /dev/null > /dev/null 2>&1; then echo "runc create $1"; fi
                # what waits there, created or restored, is held
                if runc start $1 < /dev/null > /dev/null 2>&1; then echo "runc start $1"; fi
                exit 0
                """.replacing("runc $verb ${verb/run/run -d}", with: "runc ${verb/run/run -d}"), container.id)
            #expect(started == "", "in \(phase), \(node) let through: \(started)")
        }

        /// No process of the container gets to run there: each is stopped or frozen, and what it counts stands still.
        static func expectNothingRuns(_ container: TestContainer, on node: Node, in phase: String) throws {
            let running = try node.shell(
                """
                for tasks in $(find /sys/fs/cgroup/freezer -path "*/vz/$1*/cgroup.procs"); do
                    case $(cat ${tasks%/*}/freezer.state) in FROZEN) continue ;; esac
                    for process in $(cat $tasks); do
                        name=$(cat /proc/$process/comm) state=$(sed 's/.*) //; s/ .*//' /proc/$process/stat)
                        case $name in runc*) continue ;; esac
                        case $state in T | t | Z) ;; *) echo "$name $process is $state" ;; esac
                    done
                done
                exit 0
                """, container.id)
            #expect(running == "", "in \(phase), on \(node): \(running)")
            let area = node.exists(container.area) ? container.area : "\(container.area).incoming"
            let count = node.read("\(area)/rootfs/counter")
            usleep(150_000)
            #expect(node.read("\(area)/rootfs/counter") == count, "in \(phase), \(node): it counts")
        }
    }
}
