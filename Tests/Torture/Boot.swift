internal import LabSupport

/// The power comes back: what servers do then, as far as a container is concerned.
struct Boot {
    let container: TestContainer
    let nodes: [Node]
    /// Whether it ran when the power went.
    let starts: Bool

    /// vzmigrate-recover.service, and after it whatever starts the containers of a server.
    func run() throws {
        for node in self.nodes { try Lab.require("up", node.rawValue) }
        for node in self.nodes {
            try node.run("vzmigrate", "--recover")
            if self.starts { try self.start(on: node) }
        }
    }

    /// Starts the container unless it is fenced, or gone, or runs: under its lock, as every program that starts
    /// containers takes it.
    private func start(on node: Node) throws {
        try node.shell(
            """
            [ -e /etc/vz/conf/$1.conf ] || exit 0
            exec flock -w 30 /vz/lock/$1.lck bash -c '
                [ -e /etc/vz/conf/$1.conf ] && ! grep -q DISABLED /etc/vz/conf/$1.conf || exit 0
                ! runc state $1 > /dev/null 2>&1 || exit 0
                lab-ct-network down $1; lab-ct-network up $1 $2; lab-ct-network plug $1 $2
                cd /vz/private/$1 && exec runc --log /vz/dump/boot.log run -d $1 < /dev/null > /dev/null 2>&1' - $1 $2
            """, self.container.id, self.container.address)
    }
}
