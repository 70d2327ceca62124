/// Puts the stops into the first agent that sshd starts on node2: the one that takes the orders. An agent that comes
/// after its death runs without.
package enum AgentWrapper {
    private static let place = "/usr/local/bin"

    package static func install(_ variables: [String]) throws {
        try Self.remove()
        try Node.node2.shell(
            """
            mkdir -p $1/real && mv $1/vzmigrate-agent $1/real/
            printf '#!/bin/sh\\nif mkdir /run/agent-stepped 2> /dev/null; then export %s; fi\\nexec %s "$@"\\n' \
                "$2" $1/real/vzmigrate-agent > $1/vzmigrate-agent
            chmod 755 $1/vzmigrate-agent
            """, self.place, variables.joined(separator: " "))
    }

    /// Also where it is not there.
    package static func remove() throws {
        try Node.node2.shell(
            "rm -rf /run/agent-stepped; [ ! -e $1/real/vzmigrate-agent ] || mv $1/real/vzmigrate-agent $1/", self.place)
    }
}
