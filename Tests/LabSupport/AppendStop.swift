/// Stops a program around each append to its journal. See: append-stop/append-stop.c.
package enum AppendStop {
    package enum Place: String, Sendable {
        /// A deed is done and not yet recorded; an intent is not yet recorded.
        case before = "b"
        /// What was appended is on the disk, and nothing has followed from it.
        case after = "a"
    }

    package static let library = "/usr/local/lib/append-stop.so"

    /// Compiles the library and puts it on both nodes.
    package static func install() throws {
        let source = "\(Lab.repository)/Tests/LabSupport/append-stop/append-stop.c"
        let made = Node.node1.disk("/vz/dump/append-stop.so")
        let compiler = try Command.run(["gcc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", made, source])
        guard compiler.status == 0 else { throw LabError("append-stop.c does not compile: \(compiler)") }
        try Command.run(["cp", made, Node.node2.disk("/vz/dump/append-stop.so")])
        for node in [Node.node1, .node2] { try node.shell("install -D /vz/dump/append-stop.so $1", self.library) }
    }
}
