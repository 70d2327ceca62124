import Glibc
import Host
import Testing
import TestSupport

@Suite("Names are made, changed and removed for good, and never by accident")
struct DurableNamesTests {
    private let folder = TemporaryFolder()

    private func path(_ name: String) -> String { "\(self.folder.path)/\(name)" }

    @Test("A rename takes no name that is taken, of a file or of an empty directory")
    func noReplace() throws {
        try DurableFile.write([1], to: self.path("a"))
        try DurableFile.write([2], to: self.path("b"))
        try DurableFile.makeDirectories(self.path("c"))
        try DurableFile.makeDirectories(self.path("d"))
        #expect(throws: FileError("rename", self.path("a"), to: self.path("b"), errno: EEXIST)) {
            try DurableFile.rename(self.path("a"), to: self.path("b"))
        }
        #expect(throws: FileError.self) { try DurableFile.rename(self.path("c"), to: self.path("d")) }
        #expect(try DurableFile.read(self.path("b"), limit: 1) == [2])
        try DurableFile.rename(self.path("a"), to: self.path("b"), replacing: true)
        #expect(try DurableFile.read(self.path("b"), limit: 1) == [1])
        try DurableFile.rename(self.path("b"), to: self.path("c/b"))
        #expect(try DurableFile.names(in: self.path("c")) == ["b"])
    }

    @Test("A failure is told in a sentence")
    func sentence() {
        let error = #expect(throws: FileError.self) { try DurableFile.rename("/nonexistent/a", to: "/nonexistent/b") }
        #expect(error?.description == "could not rename /nonexistent/a to /nonexistent/b: No such file or directory")
        let full = FileError("rename", "/a", to: "/b", errno: ENOSPC)
        #expect(full.description == "could not rename /a to /b: No space left on device")
    }

    @Test("Removing may be repeated")
    func removal() throws {
        try DurableFile.write([1], to: self.path("a"))
        #expect(try DurableFile.remove(self.path("a")))
        #expect(try !DurableFile.remove(self.path("a")))
        #expect(try !DurableFile.remove(self.path("no/such")))
        #expect(throws: FileError.self) { try DurableFile.remove(self.folder.path) }
    }

    @Test("Directories are made with those above them, and again")
    func directories() throws {
        try DurableFile.makeDirectories(self.path("x/y/z"), mode: 0o750)
        try DurableFile.makeDirectories(self.path("x/y/z"))
        var status = stat()
        #expect(stat(self.path("x/y/z"), &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFDIR)
        try DurableFile.write([1], to: self.path("file"))
        #expect(throws: FileError.self) { try DurableFile.makeDirectories(self.path("file")) }
        #expect(throws: FileError.self) { try DurableFile.makeDirectories(self.path("file/below")) }
    }

    @Test(
        "The directory of a path", arguments: [("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a", "."), ("/a/b/", "/a")])
    func parent(path: String, parent: String) {
        #expect(DurableFile.parent(of: path) == parent)
    }
}
