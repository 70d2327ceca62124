internal import Glibc
internal import LabSupport

/// The lab of the torture: its nodes' journals and areas are on small file systems of their own, which can be filled.
enum TortureLab {
    private static let size = "96M"
    private static var images: String { "\(Lab.home)/labs/\(Lab.id)-disks" }

    static func up() throws {
        try self.down()
        try Command.need(["mkdir", "-p", self.images])
        for node in [Node.node1, .node2] {
            for disk in Fault.Disk.allCases {
                let (image, place) = (self.image(of: disk, node), node.disk(disk.rawValue))
                try Command.need(["truncate", "--size", self.size, image])
                try Command.need(["mkfs.ext4", "-q", "-m", "0", image])
                try Command.need(["mkdir", "-p", place])
                try Command.need(["mount", "-o", "loop", image, place])
            }
        }
        try Lab.require("up")
        try AppendStop.install()
    }

    /// Also what a killed run has left.
    static func down() throws {
        try Lab.require("down", "--keep")
        for node in [Node.node1, .node2] {
            for disk in Fault.Disk.allCases where access(self.image(of: disk, node), F_OK) == 0 {
                let outcome = try Command.run(["umount", node.disk(disk.rawValue)])
                guard outcome.status == 0 || outcome.complaint.contains("not mounted") else {
                    throw LabError("umount \(node.disk(disk.rawValue)): \(outcome)")
                }
            }
        }
        try Lab.require("down")
        try Command.need(["rm", "-rf", self.images])
    }

    private static func image(of disk: Fault.Disk, _ node: Node) -> String { "\(self.images)/\(node)-\(disk)" }

    /// Takes every byte of it.
    static func fill(_ disk: Fault.Disk, of node: Node) throws {
        let outcome = try Command.run(["dd", "if=/dev/zero", "of=\(self.filler(disk, node))", "bs=4k", "status=none"])
        guard outcome.complaint.contains("No space left") else { throw LabError("dd did not fill it: \(outcome)") }
    }

    static func empty(_ disk: Fault.Disk, of node: Node) { unlink(self.filler(disk, node)) }

    private static func filler(_ disk: Fault.Disk, _ node: Node) -> String { "\(node.disk(disk.rawValue))/filler" }
}

extension Command {
    /// Runs a program that has to succeed.
    static func need(_ words: [String]) throws {
        let outcome = try Self.run(words)
        guard outcome.status == 0 else { throw LabError("\(words.joined(separator: " ")): \(outcome)") }
    }
}
