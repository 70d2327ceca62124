internal import Foundation
internal import Testing
internal import TestSupport

/// A completion that `tools/install` installs.
struct Completion {
    let path: String
    let text: String

    init(_ name: String) throws {
        self.path = "\(ManualPage.folder)/completions/\(name)"
        self.text = try String(contentsOfFile: self.path, encoding: .utf8)
    }

    /// The words of an array of bash.
    func array(_ name: String) throws -> [String] {
        let begin = try #require(self.text.range(of: "\(name)=(")).upperBound
        return self.text[begin...].prefix { $0 != ")" }.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}

@Suite("Completion knows what may stand where")
struct CompletionTests {
    @Test(
        "In bash",
        arguments: [
            ("vzmigrate --no", "--nostart --noiter --nodeps"),
            ("vzmigrate --nodeps=c", "cpu_check clock criu_version"),
            // What bash leaves standing ends at the equals sign.
            ("vzmigrate --nodeps=rate,d", "rate,disk_space"),
            ("vzmigrate -r ", "yes no"), ("vzmigrate --remove-area=n", "no"), ("vzmigrate --timeout ", ""),
            ("vzmigrate --recover ", "101 102 web"), ("vzmigrate --recover 101 --assume ", "committed aborted"),
            ("vzmigrate node2 1", "101 102"), ("vzmigrate --online -r no node2 101 w", "web"),
            ("vzmigrate root@node2 101:2", ""),
            ("pmigrate c ", "101 102 web"), ("pmigrate c localhost/w", "localhost/web"), ("pmigrate c 101 ", "c"),
            ("pmigrate c 101 c node2 --onl", "--online"),
            ("vzmigrate-journal ", "list show kept verify help -h --help --version"),
            ("vzmigrate-journal show ", "101 102 web"), ("vzmigrate-journal verify --p", "--peer-db"),
        ])
    func bash(_ line: String, _ expected: String) throws {
        let folder = TemporaryFolder()
        for name in ["101.conf", "102.conf", "web.conf", "9.conf.migrated", "networks_classes"] {
            try folder.write(name, "")
        }
        let script = """
            source "$1"; _vzmigrate_conf=$2 COMP_LINE=$3 COMP_POINT=${#3}
            words=($(complete -p "${3%% *}")); "${words[2]}"; echo "${COMPREPLY[*]}"
            """
        let completion = try Completion("vzmigrate.bash")
        let result = ChildProgram.run("bash", "-c", script, "bash", completion.path, folder.path, line)
        #expect(result.errors == "" && result.output == expected + "\n")
    }
}
