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
            // The timer of a restored connection begins with a second: nothing may have to wait for it.
            let timeouts = try Node.node2.shell(
                "ip netns exec ct$1 nstat -asz TcpExtTCPTimeouts | awk 'END { printf $2 }'", container.id)
            #expect(timeouts == "0", "what was sent and lost waited for a retransmission timer")
            #expect(try container.ask("sum")["bad_words"] == "0")
            try KindTests.expectMoved(container, status: "running")
        }

        /// The hardware address that the client knows for another one's address.
        private static func neighbour(_ address: String) throws -> String? {
            let words = try Node.client.shell("ip -6 neigh show $1 dev wire", address).split(separator: " ")
            return words.firstIndex(of: "lladdr").flatMap { words.dropFirst($0 + 1).first }.map(String.init)
        }
    }
}
