internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// The second transport: the system's `ssh`, run once a program, with its standard streams as the program's.
final class SystemSSH: SSHTransport {
    private let route: SSHRoute
    private let path: String
    private let running = Mutex<[SSHProcess]>([])

    init(route: SSHRoute, path: String) {
        self.route = route
        self.path = path
    }

    var destination: SSHDestination { self.route.destination }

    func start(_ words: [String]) async throws(HostError) -> RemoteProgram {
        let command = try self.commandLine(words)
        SSHSession.ignorePipeSignal()
        let request = ProgramRequest(program: command)
        let process: SSHProcess
        do {
            process = try SSHProcess(self.route, self.path, command, request)
        } catch {
            throw HostError(
                kind: .unreachable, destination: self.destination, operation: "run \(self.path)", cause: "\(error)")
        }
        self.running.withLock { $0.append(process) }
        return RemoteProgram(request: request, ends: process.ends) { process.end() }
    }

    func close() async {
        let processes = self.running.withLock { $0 }
        for process in processes { process.end() }
        for process in processes { _ = await process.request.exit.value }
    }
}
