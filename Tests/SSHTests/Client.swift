@testable internal import SSH
internal import Synchronization
internal import SystemPackage
internal import TestSupport

/// A client of one test server, and what it has said.
final class Client: Sendable {
    let server: TestServer
    private let said = Mutex<[String]>([])

    init(of server: TestServer) { self.server = server }

    var lines: [String] { self.said.withLock { $0 } }

    /// What nothing but the command line decides: no files of this machine, and nobody to ask.
    var base: SSHOptions {
        var options = SSHOptions()
        options.timeout = .seconds(20)
        options.agentSocket = ""
        options.terminal = "/nonexistent/terminal"
        options.askpassProgram = ChildProgram.built("vzmigrate")
        options.say = { line in self.said.withLock { $0.append(line) } }
        return options
    }

    /// Options that let the server in and know it.
    var usual: String {
        let path = self.server.folder.path
        return "-F none -p \(self.server.port) -i \(path)/user -o UserKnownHostsFile=\(path)/known_hosts "
            + "-o GlobalKnownHostsFile=none -o IdentityAgent=none"
    }

    /// Connects, runs one program, and hands back its output or why there is none.
    func outcome(
        _ options: String, to host: String? = nil, running program: String? = nil,
        _ change: (inout SSHOptions) -> Void = { _ in }
    ) async throws -> Result<String, HostError> {
        var base = self.base
        change(&base)
        let destination = host ?? "\(self.server.destination.user)@127.0.0.1"
        let client = SSHClient(to: destination, commandLine: options, base: base)
        do throws(HostError) {
            let transport = try await client.connect()
            let started = try await transport.start(program: program ?? "\(self.server.folder.path)/hello")
            return await Self.result(of: started, transport)
        } catch {
            return .failure(error)
        }
    }

    private static func result(
        of program: RemoteProgram, _ transport: any SSHTransport
    ) async -> Result<String, HostError> {
        try? program.input.close()
        let text = (try? await program.output.text()) ?? "(unreadable)"
        let exit = await program.exit()
        await transport.close()
        if case .lost(let error) = exit { return .failure(error) }
        return .success(exit == .exited(status: 0) ? text : "\(exit) \(program.standardErrorTail)")
    }
}

extension SSHTransport {
    func start(program: String) async throws(HostError) -> RemoteProgram { try await self.start([program]) }
}

extension Result {
    var error: Failure? { if case .failure(let error) = self { error } else { nil } }
    var value: Success? { if case .success(let value) = self { value } else { nil } }
}
