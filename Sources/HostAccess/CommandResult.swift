/// What a program that ran to its end left behind: how it ended, and what it said.
package struct CommandResult: Hashable, Sendable {
    /// How a program ended.
    package enum Status: Hashable, Sendable, CustomStringConvertible {
        case exited(code: Int32)
        case signalled(signal: Int32)

        /// From the raw status of `waitpid`. See: 'man 2 waitpid'.
        init(waitStatus: Int32) {
            let signal = waitStatus & 0x7f
            self = signal == 0 ? .exited(code: (waitStatus >> 8) & 0xff) : .signalled(signal: signal)
        }

        package var description: String {
            switch self {
            case .exited(let code): "ended with exit status \(code)"
            case .signalled(let signal): "was ended by signal \(signal)"
            }
        }
    }

    package let status: Status
    /// The first MiB of it; empty where the output was not asked for.
    package let standardOutput: [UInt8]
    /// The first MiB of it; empty where the output was not asked for.
    package let standardError: [UInt8]

    package init(status: Status, standardOutput: [UInt8] = [], standardError: [UInt8] = []) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    package var succeeded: Bool { self.status == .exited(code: 0) }
    package var outputText: String { String(decoding: self.standardOutput, as: UTF8.self) }
    package var errorText: String { String(decoding: self.standardError, as: UTF8.self) }
}
