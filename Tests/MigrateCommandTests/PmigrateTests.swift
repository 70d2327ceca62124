internal import ArgumentParser
@testable import MigrateCommand
internal import Supervisor
internal import Testing

@Suite("pmigrate says of one container what vzmigrate says of a list, or refuses with the reason")
struct PmigrateTests {
    private static func words(_ text: String, on host: String = "node1.example") throws -> PmigrateWords {
        try PmigrateWords(parsing: text.split(separator: " ").map(String.init), hostName: host)
    }

    @Test(
        "What vzmigrate is given",
        arguments: [
            ("c 101 c node2", "node2 101"),
            ("c 101 c root@node2/201 --online", "root@node2 101:201 --online"),
            ("c localhost/101 c node2:2222/201", "node2:2222 101:201"),
            ("c 127.0.0.1/web c [fd00::2]/web2 -r yes", "[fd00::2] web:web2 -r yes"),
            ("c ::1/101 c node2", "node2 101"), ("c [::1]/101 c node2", "node2 101"),
            ("c node1/101 c node2", "node2 101"), ("c NODE1.example/101 c node2", "node2 101"),
        ])
    func given(_ text: String, _ expected: String) throws {
        let words = try Self.words(text)
        #expect(words.arguments.joined(separator: " ") == expected)
        #expect(try words.command().request().items.count == 1)
    }

    @Test(
        "What is refused, and the word that says why",
        arguments: [
            ("", "missing"), ("c 101", "missing"), ("c 101 c", "missing"),
            ("h 101 c node2", "physical server"), ("v vm c node2", "virtual machine"),
            ("c 101 v node2", "virtual machine"), ("c 101 h node2", "physical server"), ("x 101 c node2", "no type"),
            ("c node3/101 c localhost/101", "must be local"), ("c root@node1/101 c node2", "must be local"),
            ("c /101 c node2", "must be local"), ("c localhost/ c node2", "not a container ID"),
            ("c 101:102 c node2", "not a container ID"), ("c 101 c node2/", "not a container ID"),
            ("c 101 c node2/201:/vz/p", "not a host name"), ("c 101 c /201", "not a host name"),
            ("c -oProxyCommand=evil c node2", "not a container ID"), ("c 101 c -oEvil", "not a host name"),
        ])
    func refused(_ text: String, _ reason: String) {
        let error = #expect(throws: UsageError.self) { try Self.words(text) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "A password is refused wherever it stands, and never repeated",
        arguments: [
            "c 101 c root:s3cret@node2/101", "c 101 c root:s3cret@node2", "c 101 c root:s3/cret@node2",
            "c root:s3cret@localhost/101 c node2", "c 101 c root:s3@cret@node2/101",
        ])
    func password(_ text: String) {
        let error = #expect(throws: UsageError.self) { try Self.words(text) }
        #expect(error?.description.contains("password") == true)
        #expect(error?.description.contains("cret") == false && error?.description.contains("s3") == false)
    }

    @Test(
        "After the second address nothing but options of a migration is taken",
        arguments: [
            "102", "-- 102", "--recover", "--recover --assume aborted --because x", "--timeout", "--nodeps=warp",
        ])
    func options(_ rest: String) throws {
        let words = try Self.words("c 101 c node2 \(rest)")
        #expect(throws: (any Error).self) { try words.command() }
    }
}
