internal import Glibc
internal import HostAccess
internal import Testing

@testable internal import ContainerRuntime

/// A folder that is gone after the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/vzmigrate-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(errno) }
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = try? HostProgram.run("rm", ["-rf", self.path]) }

    func write(_ name: String, _ text: String) throws {
        try self.write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let directory = open(self.path, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        try SmallFile.create(below: directory, name, bytes, mode: 0o644)
    }

    func read(_ name: String) throws -> String { try SmallFile.text("\(self.path)/\(name)") }

    func has(_ name: String) -> Bool { access("\(self.path)/\(name)", F_OK) == 0 }
}
