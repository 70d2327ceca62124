internal import Glibc

/// Stream sockets with a path: that of ssh-agent, and that between `AskingDoor` and the program that `ssh` runs to ask.
enum LocalSocket {
    static func make() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }

    static func listen(_ descriptor: Int32, at path: String) -> Bool {
        Self.withAddress(path) { bind(descriptor, $0, $1) } == 0 && Glibc.listen(descriptor, 8) == 0
    }

    static func connect(_ descriptor: Int32, to path: String) -> Bool {
        Self.withAddress(path) { Glibc.connect(descriptor, $0, $1) } == 0
    }

    /// Whether an ssh-agent listens there and answers when it is asked for its keys.
    ///
    /// - Parameters:
    ///   - path: of its socket.
    ///   - patience: how long it may take to take the connection, and how long to answer.
    /// - Returns: `nil` where nobody listens.
    static func isAnswered(at path: String, within patience: Duration) -> Bool? {
        let descriptor = Self.make()
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var time = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        time.tv_usec = Int(patience.components.attoseconds / 1_000_000_000_000)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        // A queue of connections that stays full is EAGAIN.
        guard Self.connect(descriptor, to: path) else { return errno == EAGAIN ? false : nil }
        // SSH_AGENTC_REQUEST_IDENTITIES, after its length.
        let question: [UInt8] = [0, 0, 0, 1, 11]
        var first: UInt8 = 0
        guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else { return false }
        while true {
            let count = recv(descriptor, &first, 1, 0)
            if count >= 0 || errno != EINTR { return count == 1 }
        }
    }

    /// Everything until the other side ends, at most 64 KiB; `nil` where it breaks.
    static func readAll(_ descriptor: Int32) -> [UInt8]? {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while all.count < 64 << 10 {
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count == 0 ? all : nil }
            all += bytes[..<count]
        }
        return all
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
