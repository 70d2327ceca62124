internal import CLinux
internal import Foundation
internal import Host
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("A rooted directory is never left")
struct RootedDirectoryTests {
    private let folder = TemporaryFolder()

    private func errno(_ body: () throws(Errno) -> Void) -> Errno? {
        do { try body() } catch { return error }
        return nil
    }

    @Test(
        "Symlinks, dots, absolute paths and mounts are refused; honest paths are opened",
        .enabled(if: TestUser.isRoot, "needs root"))
    func escapes() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: self.folder.path + "/in/deep", withIntermediateDirectories: true)
        try manager.createSymbolicLink(atPath: self.folder.path + "/in/link", withDestinationPath: "deep")
        try manager.createSymbolicLink(atPath: self.folder.path + "/in/out", withDestinationPath: "/etc")
        let root = try RootedDirectory(path: Array((self.folder.path + "/in").utf8))
        #expect(try root.directory(at: Array("deep".utf8)).status(of: []).isDirectory)
        #expect(
            self.errno { () throws(Errno) in _ = try root.directory(at: Array("link".utf8)) }
                == .tooManySymbolicLinkLevels)
        #expect(
            self.errno { () throws(Errno) in _ = try root.entry(at: Array("out/passwd".utf8)) }
                == .tooManySymbolicLinkLevels)
        #expect(self.errno { () throws(Errno) in _ = try root.entry(at: Array("..".utf8)) } == .improperLink)
        #expect(self.errno { () throws(Errno) in _ = try root.entry(at: Array("/etc".utf8)) } == .improperLink)
        let slash = try RootedDirectory(path: Array("/".utf8))
        #expect(self.errno { () throws(Errno) in _ = try slash.entry(at: Array("proc/self".utf8)) } == .improperLink)
        #expect(try FileStatus(of: root.entry(at: Array("out".utf8))).format == UInt32(0o120000))
    }

    @Test("Names are bytes within Linux's rules")
    func names() {
        #expect(FileName.isValid([0xFF]))
        #expect(FileName.isValid(Array("...".utf8)))
        for bad in ["", ".", "..", "a/b", "a\0b", String(repeating: "x", count: 256)] {
            #expect(!FileName.isValid(Array(bad.utf8)))
        }
    }
}
