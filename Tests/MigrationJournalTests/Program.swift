import Foundation

/// A program run to its end, or until it is killed.
struct Program {
    /// An executable of this package, beside the test's own.
    static func built(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent().appending(path: name).path
    }

    static func isInstalled(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    static func start(_ path: String, _ arguments: [String], output: Pipe = Pipe(), errors: Pipe = Pipe()) throws
        -> Process
    {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// What the program prints must fit a pipe on the error side.
    static func run(_ path: String, _ arguments: [String]) throws -> Result {
        let output = Pipe()
        let errors = Pipe()
        let process = try Self.start(path, arguments, output: output, errors: errors)
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
            errors: String(decoding: complained, as: UTF8.self))
    }
}
