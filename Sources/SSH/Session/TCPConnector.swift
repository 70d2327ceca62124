internal import Glibc
internal import SystemPackage

/// Makes the TCP connection: every address of the name in turn, each with its share of the time.
///
/// The socket's buffers keep their automatic size: Linux grows them to `tcp_rmem` and `tcp_wmem`, while a size that is
/// set by hand stays and is cut to `rmem_max`, which is smaller. See: man 7 tcp.
struct TCPConnector {
    let destination: SSHDestination
    let options: SSHOptions
    let mailbox: SessionMailbox

    /// - Returns: a connected, non-blocking socket with `TCP_NODELAY`.
    /// - Throws: `HostError` of kind `unreachable`, naming every address that was tried, or `closed`.
    func connect() throws(HostError) -> Int32 {
        let deadline = SuspendingClock.now + self.options.patience
        let first = try self.resolve(self.destination.host, port: String(self.destination.port), flags: AI_ADDRCONFIG)
        defer { freeaddrinfo(first) }
        let addresses = Array(sequence(first: first?.pointee) { $0?.ai_next?.pointee }.prefix { $0 != nil })
            .compactMap { $0 }
        var failures: [String] = []
        for (index, address) in addresses.enumerated() {
            let share = SuspendingClock.now.duration(to: deadline) / (addresses.count - index)
            switch try self.connect(to: address, within: max(share, .milliseconds(10))) {
            case .success(let descriptor):
                self.options.log?("connected to \(Self.numeric(address)) port \(self.destination.port)")
                return descriptor
            case .failure(let error): failures.append("\(Self.numeric(address)): \(error)")
            }
        }
        throw self.unreachable("port \(self.destination.port): \(failures.joined(separator: "; "))")
    }

    /// - Returns: a list to be freed.
    private func resolve(_ host: String, port: String?, flags: Int32) throws(HostError) -> UnsafeMutablePointer<
        addrinfo
    >? {
        var first: UnsafeMutablePointer<addrinfo>?
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        hints.ai_family =
            switch self.options.family {
            case .any: AF_UNSPEC
            case .inet: AF_INET
            case .inet6: AF_INET6
            }
        let code = getaddrinfo(host, port, &hints, &first)
        guard code == 0 else {
            throw self.unreachable("the name \(host) does not resolve: \(String(cString: gai_strerror(code)))")
        }
        return first
    }

    /// Lets the connection come from `BindAddress`, where one is said.
    ///
    /// - Returns: why it cannot.
    private func bind(_ descriptor: Int32, for address: addrinfo) throws(HostError) -> Errno? {
        guard let own = self.options.bindAddress else { return nil }
        let first = try self.resolve(own, port: nil, flags: AI_PASSIVE)
        defer { freeaddrinfo(first) }
        var next = first
        while let candidate = next?.pointee {
            if candidate.ai_family == address.ai_family {
                let code = Glibc.bind(descriptor, candidate.ai_addr, candidate.ai_addrlen)
                return code == 0 ? nil : Errno(rawValue: errno)
            }
            next = candidate.ai_next
        }
        return .addressFamilyNotSupported
    }

    private func connect(to address: addrinfo, within share: Duration) throws(HostError) -> Result<Int32, Errno> {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(Errno(rawValue: errno)) }
        var failure: Errno?
        do throws(HostError) { failure = try self.bind(descriptor, for: address) } catch {
            Glibc.close(descriptor)
            throw error
        }
        if failure == nil, Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            failure = Errno(rawValue: errno)
            if errno == EINPROGRESS { failure = try self.outcome(of: descriptor, within: share) }
        }
        if let failure {
            Glibc.close(descriptor)
            return .failure(failure)
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        on = self.options.keepsTCPAlive ? 1 : 0
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        return .success(descriptor)
    }

    /// - Returns: `nil` when the connection stands, else why not. The caller closes the descriptor in any case but
    ///   that of a thrown error, for which it is closed here.
    private func outcome(of descriptor: Int32, within share: Duration) throws(HostError) -> Errno? {
        let deadline = SuspendingClock.now + share
        while true {
            if self.mailbox.isCloseAsked {
                Glibc.close(descriptor)
                throw HostError(
                    kind: .closed, destination: self.destination, operation: "connect",
                    cause: "the attempt was cancelled")
            }
            let left = SuspendingClock.now.duration(to: deadline)
            if left <= .zero { return .timedOut }
            var polled = [
                pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: self.mailbox.wake.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            poll(&polled, nfds_t(polled.count), left.pollTimeout)
            guard polled[0].revents != 0 else { continue }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            return code == 0 ? nil : Errno(rawValue: code)
        }
    }

    private static func numeric(_ address: addrinfo) -> String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let flags = Int32(NI_NUMERICHOST)
        guard getnameinfo(address.ai_addr, address.ai_addrlen, &text, socklen_t(text.count), nil, 0, flags) == 0
        else { return "an address" }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "an address" }
    }

    private func unreachable(_ cause: String) -> HostError {
        HostError(kind: .unreachable, destination: self.destination, operation: "connect", cause: cause)
    }
}
