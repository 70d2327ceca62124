import Host
import Testing
import TestSupport
import Transfer

@Suite("Only a definite answer says that nobody brings pages")
struct PagesDirectoryTests {
    private let folder = TemporaryFolder()

    @Test("Without a directory, or with a socket that nobody listens on, there is no daemon")
    func absent() throws {
        #expect(try PagesDirectory("\(self.folder.path)/none").state() == .none)
        let script = "import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind(sys.argv[1])"
        let socket = "\(self.folder.path)/sessions.socket"
        #expect(ChildProgram.run("python3", "-c", script, socket).status == 0)
        #expect(try PagesDirectory(self.folder.path).state() == .none)
    }

    @Test("What keeps from asking is an error: a container that waits for pages is not ended on its word")
    func unknown() throws {
        try self.folder.write("file", "")
        #expect(throws: FileError.self) { try PagesDirectory("\(self.folder.path)/file").state() }
    }
}
