import ArgumentParser
import HandOver
@testable import MigrateCommand
import Supervisor
import Testing
import TestSupport

@Suite("--ssh is checked at the door, and goes into the plan")
struct SSHOptionsTests {
    private func options(_ words: String...) throws -> String? {
        try RunCommand.parse(words + ["node2", "101"]).request().sshOptions
    }

    @Test("It may stand after = or after a blank, and paths are made absolute for whoever recovers")
    func reads() throws {
        #expect(try self.options("--ssh=-p 2222") == "-p 2222")
        #expect(try self.options("--ssh", "-p 2222 -C") == "-p 2222 -C")
        #expect(try self.options("--ssh=-i 'my key'") == "-i '\(CurrentDirectory.path)/my key'")
        #expect(try self.options() == nil)
    }

    @Test(
        "A host name, an option that makes no sense and a secret are usage errors",
        arguments: [
            ("node2", "host name"), ("-p 22 node2", "host name"), ("-A", "-A in --ssh is refused"), ("-o Foo=x", "foo"),
            ("-l root:secret", "password"),
        ])
    func refuses(text: String, words: String) throws {
        let error = #expect(throws: UsageError.self) { try self.options("--ssh=\(text)") }
        #expect(error?.description.contains(words) == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("A program that is run with it ends with 1, and a recovery takes none")
    func exitStatus() {
        for words in [["--ssh=node3", "node2", "101"], ["--recover", "--ssh=-p 22"]] {
            let result = ChildProgram.run([ChildProgram.built("vzmigrate")] + words)
            #expect(result.status == 1)
            #expect(result.errors.contains("--ssh") || result.errors.contains("--recover"))
        }
    }
}
