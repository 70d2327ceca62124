internal import Glibc
@testable internal import SSH
internal import SystemPackage
internal import Testing
internal import TestSupport

@Suite("Whoever is not root runs the agent under sudo -n, or learns the line that is missing", .timeLimit(.minutes(5)))
struct SudoTests {
    /// What `sudo` says of a program of that name with these sudoers.
    private func outcome(
        _ sudoers: String, running name: String
    ) async throws -> (output: String, advice: String?) {
        let server = try TestServer(accounts: TestAccounts(sudoers: sudoers))
        try server.folder.write("uid", "#!/bin/sh\nid -u\n", mode: 0o755)
        let destination = SSHDestination(user: TestAccounts.user, host: "127.0.0.1", port: server.port)
        let session = try await SSHSession.connect(to: destination, options: server.options)
        let launch = PrivilegedProgram(name.replacing("%", with: server.folder.path), as: destination.user)
        let program = try await session.start(launch.words)
        try program.input.close()
        let text = try await program.output.text()
        let exit = await program.exit()
        return (text, launch.advice(on: exit, program.standardErrorTail))
    }

    @Test("With the line it runs as root", .enabled(if: TestUser.isRoot, "needs root"))
    func allowed() async throws {
        let outcome = try await self.outcome("\(TestAccounts.user) ALL=(root) NOPASSWD: ALL", running: "%/uid")
        #expect(outcome.output == "0\n")
        #expect(outcome.advice == nil)
    }

    @Test(
        "Without it the line is printed", .enabled(if: TestUser.isRoot, "needs root"),
        arguments: [
            "# nothing", "\(TestAccounts.user) ALL=(root) ALL", "\(TestAccounts.user) ALL=(root) NOPASSWD: /bin/false",
        ])
    func refused(sudoers: String) async throws {
        let outcome = try await self.outcome(sudoers, running: "%/uid")
        #expect(outcome.output == "")
        #expect(
            outcome.advice?.contains("`mover ALL=(root) NOPASSWD: /tmp/") == true
                && outcome.advice?.contains("/etc/sudoers.d/vzmigrate") == true, "\(outcome)")
    }

    @Test("A program that sudo does not find is no matter of sudoers", .enabled(if: TestUser.isRoot, "needs root"))
    func missing() async throws {
        let outcome = try await self.outcome("\(TestAccounts.user) ALL=(root) NOPASSWD: ALL", running: "no-such-agent")
        #expect(outcome.advice?.contains("secure_path") == true, "\(outcome)")
    }

    @Test("root needs none of it, and what fails by itself is not sudo's")
    func pure() {
        let root = PrivilegedProgram("vzmigrate-agent", as: "root")
        #expect(root.words == ["vzmigrate-agent"])
        #expect(root.advice(on: .exited(status: 1), "sudo: a password is required\n") == nil)
        let other = PrivilegedProgram("vzmigrate-agent", as: "me")
        #expect(other.words == ["sudo", "-n", "vzmigrate-agent"])
        #expect(other.advice(on: .exited(status: 2), "a journal is broken\n") == nil)
        #expect(
            other.advice(on: .exited(status: 127), "sh: 1: sudo: not found\n")?.contains("sudo is not installed")
                == true)
        #expect(
            other.advice(on: .exited(status: 1), "sudo: a password is required\n")?
                .contains("`me ALL=(root) NOPASSWD: /usr/local/bin/vzmigrate-agent`") == true)
    }
}
