internal import Glibc

/// What `ssh` runs to ask for a secret: this very program, which hands the question to the process that runs `ssh`.
package enum AskingProgram {
    /// Does it, and ends the process, if that is what it was started for.
    ///
    /// - Parameter arguments: of the process.
    package static func runIfAsked(_ arguments: [String]) {
        guard let path = getenv(AskingDoor.variable), arguments.count == 2 else { return }
        exit(Self.ask(arguments[1], at: String(cString: path)) ? 0 : 1)
    }

    private static func ask(_ prompt: String, at path: String) -> Bool {
        let isNotice = getenv("SSH_ASKPASS_PROMPT").map { String(cString: $0) } == "none"
        let descriptor = LocalSocket.make()
        let question = Array(((isNotice ? "n" : "?") + prompt).utf8)
        guard LocalSocket.connect(descriptor, to: path),
            send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
        else { return false }
        shutdown(descriptor, Int32(SHUT_WR))
        guard let answer = LocalSocket.readAll(descriptor) else { return false }
        // `ssh` ends whoever shows a notice once it is not needed any more.
        if isNotice { while true { pause() } }
        guard answer.first == UInt8(ascii: "+") else { return false }
        let line = answer.dropFirst() + [0x0a]
        return write(1, Array(line), line.count) == line.count
    }
}
