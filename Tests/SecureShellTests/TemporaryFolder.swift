internal import Foundation
internal import SystemPackage

/// A folder that goes with its owner. Its path holds only what a program's name may hold.
final class TemporaryFolder: Sendable {
    let path: FilePath

    init() throws {
        self.path = FilePath("/tmp/ssh-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: self.path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path.string)
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> FilePath {
        let file = self.path.appending(name)
        try Data(text.utf8).write(to: URL(filePath: file.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        return file
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: self.path.appending(name).string, encoding: .utf8)
    }
}
