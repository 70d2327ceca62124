package import Glibc

/// A vzmigrate that stands still at each event.
package final class SteppedMigration {
    private let program: SteppedProgram
    private let command: Command

    package init(of container: TestContainer, _ arguments: [String], stopping place: AppendStop.Place = .after) throws {
        self.program = SteppedProgram("vzmigrate", on: .node1, stopping: place, of: container)
        // Whoever looks around between two events takes longer than a container may stand frozen.
        let patience = arguments.contains("--online") ? ["--freeze-timeout", "600"] : []
        self.command = try Node.node1.start(["env"] + self.program.variables + ["vzmigrate"] + patience + arguments)
    }

    /// Goes on to the next event. `nil`: it has ended.
    package func step() throws -> String? {
        self.program.goOn()
        let command = self.command
        return try self.program.stand { command.hasEnded }
    }

    /// Goes on until the last event is of this kind.
    package func run(to kind: String) throws {
        while let event = try self.step() { if event == kind { return } }
        throw LabError("it ended without \(kind): \(self.command.wait())")
    }

    /// Every kind of event on the way to the end, each looked at while it stands still.
    package func walk(_ look: (String) throws -> Void) throws -> CommandOutcome {
        while let event = try self.step() { try look(event) }
        return self.command.wait()
    }

    package func signal(_ number: Int32) { self.program.signal(number) }

    /// Lets it go on and stops it no more.
    ///
    /// - Returns: its number, as this machine has it.
    package func release() throws -> pid_t {
        guard let process = self.program.process else { throw LabError("vzmigrate has not stood still yet") }
        self.program.release()
        return process
    }

    package var hasEnded: Bool { self.command.hasEnded }

    /// Lets it run to its end without a further look.
    package func end() -> CommandOutcome {
        self.program.release()
        return self.command.wait()
    }

    package func kill() -> CommandOutcome {
        self.program.signal(SIGKILL)
        return self.command.wait()
    }
}
