internal import FoundationEssentials
internal import Glibc
internal import Host
@testable internal import SSH
internal import TestSupport

/// An ssh-agent that answers up to some point and then never again, or ends the connection.
final class HungAgent: Sendable {
    enum Habit: Sendable, CaseIterable {
        case saysNothing
        case hangsOverSignature
        case endsBeforeSignature
    }

    let path: String
    private let listener: Int32
    private let habit: Habit
    /// Its answer to who asks for its keys.
    private let list: [UInt8]

    /// - Parameters:
    ///   - habit: when it stops.
    ///   - folder: where its socket is.
    ///   - key: a public key, the line of its file.
    init(_ habit: Habit, in folder: TemporaryFolder, with key: String) {
        self.habit = habit
        self.path = "\(folder.path)/hung"
        self.listener = LocalSocket.make()
        let base64 = String(key.split(separator: " ")[1])
        let blob = Data(base64Encoded: base64).map(Array.init) ?? []
        // SSH_AGENT_IDENTITIES_ANSWER: the number of keys, and each with its comment.
        let body = [12] + Self.number(1) + Self.number(blob.count) + blob + Self.number(1) + [UInt8(ascii: "k")]
        self.list = Self.number(body.count) + body
        precondition(LocalSocket.listen(self.listener, at: self.path), "no socket at \(self.path)")
        startThread(named: "hung agent") { [self] in self.serve() }
    }

    private static func number(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(value).bigEndian, Array.init)
    }

    func end() { shutdown(self.listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while case let client = accept(self.listener, nil, nil), client >= 0 {
            startThread(named: "hung agent's client") { [self] in self.answer(client) }
        }
        close(self.listener)
    }

    private func answer(_ client: Int32) {
        defer { close(client) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(client, &bytes, bytes.count, 0), count > 0 {
            guard self.habit != .saysNothing else { continue }
            // The kind of a question comes after its length, and libssh2 may send both in one or two pieces.
            if bytes[..<count].last == 11, count <= 5 {
                _ = send(client, self.list, self.list.count, Int32(MSG_NOSIGNAL))
            } else if count > 5, self.habit == .endsBeforeSignature {
                shutdown(client, Int32(SHUT_RDWR))
            }
        }
    }
}
