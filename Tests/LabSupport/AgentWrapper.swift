/// A script in the place of node2's agent that does something first, and then is the agent.
package enum AgentWrapper {
    private static let place = "/usr/local/bin"
    /// Where the second agent says that it stands still, and looks for a file `go`.
    private static let hold = "/run/agent-held"

    /// Puts the stops into the first agent that sshd starts: the one that takes the orders. An agent that comes after
    /// its death runs without.
    package static func install(_ variables: [String]) throws {
        try Self.wrap(
            "if mkdir /run/agent-stepped 2> /dev/null; then export \(variables.joined(separator: " ")); fi")
    }

    /// Holds the second agent that sshd starts, until `letGo`: a dry run's, which measures when all has been checked.
    package static func installHold() throws {
        try Self.wrap(
            "if mkdir /run/agent-stepped 2> /dev/null; then :; elif mkdir \(Self.hold) 2> /dev/null; then "
                + "while [ ! -e \(Self.hold)/go ]; do sleep 0.02; done; fi")
    }

    package static func waitUntilHeld() throws {
        try wait(20, for: "the second agent") { try Node.node2.run("test", "-d", Self.hold).status == 0 }
    }

    package static func letGo() throws { try Node.node2.shell(": > $1/go", Self.hold) }

    /// Also where it is not there.
    package static func remove() throws {
        try Node.node2.shell(
            "rm -rf /run/agent-stepped $2; [ ! -e $1/real/vzmigrate-agent ] || mv $1/real/vzmigrate-agent $1/",
            self.place, self.hold)
    }

    /// Runs some commands of sh before every agent that sshd starts.
    package static func wrap(_ first: String) throws {
        try Self.remove()
        try Node.node2.shell(
            """
            mkdir -p $1/real && mv $1/vzmigrate-agent $1/real/
            printf '#!/bin/sh\\n%s\\nexec %s "$@"\\n' "$2" $1/real/vzmigrate-agent > $1/vzmigrate-agent
            chmod 755 $1/vzmigrate-agent
            """, self.place, first)
    }
}
