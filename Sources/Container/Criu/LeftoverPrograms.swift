internal import Glibc
internal import Host

/// runc and CRIU of a checkpoint or a restore whose caller has died: they go on by themselves, and what they still do
/// to the container would undo what a recovery does to it.
///
/// runc is known by `CRIU_CONFIG_FILE` in its environment. CRIU writes its title over its own, but it is CRIU, and its
/// working directory is that of its log. No process of a container has either, nor has an operator who reads the log.
package struct LeftoverPrograms: Sendable {
    private let work: String
    private let mark: [UInt8]

    /// - Parameter work: the directory that was the checkpoint's or restore's `work`.
    package init(work: String) {
        self.work = work
        self.mark = Array("\(CriuConfiguration.variable)=\(work)/".utf8)
    }

    /// Ends them, and returns when none is left.
    ///
    /// runc goes first: CRIU then finds nobody to answer, puts everything back as it was and ends. What has not ended
    /// after `patience` is killed, which leaves a dumped container running.
    package func end(patience: Duration) throws(FreezerError) {
        let programs = try self.running()
        guard !programs.isEmpty else { return }
        for program in programs where program.isRuntime { program.process.send(SIGKILL) }
        // A dump that is whole waits for somebody who fetches pages, for ever; ending it leaves nothing to put back.
        let deadline = ContinuousClock.now + (self.isServing ? .zero : patience)
        for program in programs { _ = program.process.waitUntilGone(max(.zero, deadline - .now)) }
        let final = ContinuousClock.now + .seconds(10)
        while case let left = try self.running(), !left.isEmpty {
            for program in left { program.process.send(SIGKILL) }
            for program in left { _ = program.process.waitUntilGone(.seconds(1)) }
            guard ContinuousClock.now < final else {
                throw FreezerError(path: "/proc", problem: "processes of an earlier runc or CRIU do not end")
            }
        }
    }

    /// A class because no array holds what cannot be copied.
    private final class Program {
        let process: HostProcess
        let isRuntime: Bool

        init(_ process: consuming HostProcess, isRuntime: Bool) {
            self.process = process
            self.isRuntime = isRuntime
        }
    }

    private var isServing: Bool {
        guard let log = try? SmallFile.text("\(self.work)/dump.log", bound: 64 << 20) else { return false }
        return log.split(separator: "\n").contains { line in
            line.hasPrefix("(") && line.hasSuffix(") Starting page server on port \(IdlePageServer.port)")
        }
    }

    private func running() throws(FreezerError) -> [Program] {
        let names: [String]
        do throws(FileError) {
            names = try DurableFile.names(in: "/proc")
        } catch {
            throw FreezerError(path: error.path, problem: "cannot be listed: \(SystemFailure(error.errno))")
        }
        var programs: [Program] = []
        for pid in names.compactMap({ Int32($0) }) where pid != getpid() {
            if let program = try self.program(pid) { programs.append(program) }
        }
        return programs
    }

    /// `nil` where the process is none of them, or has ended.
    private func program(_ pid: Int32) throws(FreezerError) -> Program? {
        let process: HostProcess
        // The handle first: then what is read cannot be of a later process with the same number.
        do throws(SystemFailure) {
            guard let handle = try HostProcess.holding(pid) else { return nil }
            process = handle
        } catch {
            throw FreezerError(path: "/proc/\(pid)", problem: "cannot be held: \(error)")
        }
        guard self.worksThere(pid) || self.hasMark(pid) else { return nil }
        let name = (try? SmallFile.text("/proc/\(pid)/comm")) ?? ""
        return Program(process, isRuntime: !name.hasPrefix("criu"))
    }

    private func worksThere(_ pid: Int32) -> Bool {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/cwd", &target, target.count)
        guard count > 0, target[..<count].map({ UInt8(bitPattern: $0) }).elementsEqual(self.work.utf8) else {
            return false
        }
        let length = readlink("/proc/\(pid)/exe", &target, target.count)
        let program = String(decoding: target[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return program.hasSuffix("/criu") || program.hasSuffix("/criu (deleted)")
    }

    private func hasMark(_ pid: Int32) -> Bool {
        guard let environment = try? SmallFile.read("/proc/\(pid)/environ", bound: 1 << 20) else { return false }
        return environment.split(separator: 0).contains { $0.starts(with: self.mark) }
    }
}
