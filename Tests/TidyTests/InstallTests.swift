internal import Foundation
internal import Testing
internal import TestSupport

@Suite("What is installed beside the programs is whole")
struct InstallTests {
    /// Each prints what it does not like, and nothing else.
    static let readers = [
        ["man", "--warnings", "-l"], ["groff", "-mdoc", "-ww", "-z"], ["mandoc", "-T", "lint", "-W", "warning"],
    ]

    @Test("A manual page is read without a warning, by each reader that is here", arguments: ManualPage.names)
    func warnings(page: String) {
        for reader in Self.readers where ChildProgram.isInstalled(reader[0]) {
            let environment = ["LC_ALL=C.UTF-8", "MANWIDTH=80"]
            let result = ChildProgram.run(reader + [ManualPage.path(of: page)], environment: environment)
            #expect(result.status == 0 && result.errors == "", "\(reader[0])")
            #expect(reader[0] == "man" ? result.output.contains("NAME") : result.output == "", "\(reader[0])")
        }
    }

    @Test("Every manual page is known here")
    func names() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: "\(ManualPage.folder)/man")
        #expect(found.sorted() == ManualPage.names)
    }

    @Test("vz.conf.5 has every parameter that is read or written, and no other")
    func parameters() throws {
        let pattern = /(?:setting|text|list|items|path|directory|uuid|set|remove|setPath)\((?:in: )?"([A-Z_]+)"/
        var parameters: Set<String> = []
        for file in try SourceFile.all(in: "Sources") {
            for line in file.lines { parameters.formUnion(line.matches(of: pattern).map { String($0.1) }) }
        }
        #expect(parameters.count > 20)
        #expect(try ManualPage("vz.conf.5").words(ofItems: "Va").symmetricDifference(parameters) == [])
    }

    @Test("tools/install puts everything below its prefix, and the unit starts the program that is there")
    func install() throws {
        let folder = TemporaryFolder()
        let (programs, prefix) = ("\(folder.path)/programs", "\(folder.path)/prefix")
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        let tool = SourceFile.repository.appending(path: "tools/install").path
        let names = ["vzmigrate", "vzmigrate-agent", "vzmigrate-journal", "pmigrate"]
        for name in names {
            let refusal = ChildProgram.run(tool, prefix, programs)
            #expect(refusal.status == 1 && refusal.errors.contains("has no \(name)"))
            #expect(!FileManager.default.fileExists(atPath: prefix), "nothing is installed by halves")
            try FileManager.default.copyItem(atPath: "/bin/true", toPath: "\(programs)/\(name)")
        }
        let result = ChildProgram.run(tool, prefix, programs)
        #expect(result.status == 0 && result.errors == "")
        let expected =
            names.map { "bin/\($0)" } + ManualPage.names.map { "share/man/man\($0.suffix(1))/\($0)" }
            + ["vzmigrate", "vzmigrate-journal", "pmigrate"].flatMap { name in
                ["share/bash-completion/completions/\(name)", "share/fish/vendor_completions.d/\(name).fish"]
            } + ["share/zsh/site-functions/_vzmigrate", "lib/systemd/system/vzmigrate-recover.service"]
        #expect(result.output.split(separator: "\n").sorted() == expected.map { "\(prefix)/\($0)"[...] }.sorted())
        #expect(expected.allSatisfy { FileManager.default.fileExists(atPath: "\(prefix)/\($0)") })
        let unit = try String(contentsOfFile: "\(prefix)/lib/systemd/system/vzmigrate-recover.service", encoding: .utf8)
        #expect(unit.contains("ExecStart=\(prefix)/bin/vzmigrate --recover\n"))
    }
}
