internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A container's addresses go with it")
    struct NetworkTests {
        @Test(
            "Of both families: no connection is lost, and who has them wrong hears of the new place unasked",
            .timeLimit(.minutes(1)), arguments: [["--noiter"], [], ["--lazy"]])
        func bothFamilies(options: [String]) throws {
            let container = try TestContainer(kind: "memory:16M", hasIPv6: true)
            let (talked, silent) = (container.addresses6[0], container.addresses6[1])
            let talks = [try Talk(to: container), try Talk(to: container, at: talked)]
            var mac: String?
            try wait(for: "the client to have found it") {
                mac = try Self.neighbour(talked)
                return mac != nil
            }
            // Nobody sends anything to this one, so nobody asks where it is.
            try Node.client.shell("ip -6 neigh replace $1 lladdr 02:00:00:00:00:99 dev wire nud stale", silent)
            let words = ["vzmigrate", "--online"] + options + ["node2", container.id]
            let outcome = try Node.node1.start(words).wait()
            #expect(outcome.status == 0, "\(outcome)")
            // The last of the announcements was made before vzmigrate ended.
            let neighbours = try [silent, talked].map { try Self.neighbour($0) }
            #expect(neighbours == [mac, mac], "no unsolicited advertisement has come")
            let addresses = try Node.node2.shell("ip -n ct$1 -6 -o address show dev eth0 scope global", container.id)
            #expect(container.addresses6.allSatisfy { addresses.contains(" \($0)/64 ") }, "\(addresses)")
            #expect(!addresses.contains("tentative") && !addresses.contains("dadfailed"), "\(addresses)")
            for talk in talks {
                let report = talk.end()
                #expect(report.status == 0 && report.output.contains("broken=no"), "\(report)")
            }
            #expect(try container.ask("sum")["bad_words"] == "0")
            try KindTests.expectMoved(container, status: "running")
        }

        @Test("Nothing that was sent waits for a retransmission timer", .timeLimit(.minutes(1)))
        func noTimeouts() throws {
            let container = try TestContainer(kind: "memory:16M")
            let talk = try Talk(to: container, options: [])
            var slow = 0
            for (from, to) in [(Node.node1, Node.node2), (.node2, .node1), (.node1, .node2)] {
                let words = ["--online", "--noiter", "-r", "yes", to.rawValue, container.id]
                let outcome = try from.start(["vzmigrate"] + words).wait()
                #expect(outcome.status == 0, "\(outcome)")
                // Of a namespace that was made for the arrival. A restored connection's timer begins with a second.
                let timeouts = try to.shell(
                    "ip netns exec ct$1 nstat -asz TcpExtTCPTimeouts | awk 'END { printf $2 }'", container.id)
                if timeouts != "0" { slow += 1 }
            }
            // A server that was kept from running for so long may have had one all the same.
            #expect(slow <= 1, "in \(slow) of 3 moves something waited for a timer")
            #expect(talk.end().status == 0)
        }

        @Test("Whoever connects meanwhile is answered, late at worst", .timeLimit(.minutes(1)))
        func newConnections() throws {
            let container = try TestContainer(kind: "memory:16M")
            let script = """
                import signal, socket, sys
                answered, refused, going = 0, [], True
                def stop(*_):
                    global going
                    going = False
                signal.signal(signal.SIGTERM, stop)
                while going:
                    try:
                        with socket.create_connection((sys.argv[1], 7000), timeout=20) as s:
                            s.sendall(b"stat\\n")
                            if s.recv(100).startswith(b"n="): answered += 1
                            else: refused.append("closed")
                    except OSError as error: refused.append(str(error))
                print(f"answered={answered} refused={refused}")
                """
            let clients = try (0..<3).map { _ in try Node.client.start(["python3", "-c", script, container.address]) }
            for (from, to) in [(Node.node1, Node.node2), (.node2, .node1), (.node1, .node2)] {
                let words = ["--online", "--noiter", "-r", "yes", to.rawValue, container.id]
                let outcome = try from.start(["vzmigrate"] + words).wait()
                #expect(outcome.status == 0, "\(outcome)")
            }
            for client in clients {
                client.signal(SIGTERM)
                let report = client.wait()
                #expect(report.output.contains("refused=[]") && !report.output.contains("answered=0 "), "\(report)")
            }
        }

        /// The hardware address that the client knows for another one's address.
        private static func neighbour(_ address: String) throws -> String? {
            let words = try Node.client.shell("ip -6 neigh show $1 dev wire", address).split(separator: " ")
            return words.firstIndex(of: "lladdr").flatMap { words.dropFirst($0 + 1).first }.map(String.init)
        }
    }
}
