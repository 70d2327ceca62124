internal import Host

/// The errors of one run of CRIU, out of its log.
struct CriuLog {
    /// In bytes; what a longer log says after that is not looked at.
    private static let bound = 16 << 20
    /// Later errors only tell how the first ones were cleaned up.
    private static let errorBound = 5
    /// Errors that CRIU logs and then goes on from, as on any server without CAP_SYS_RESOURCE.
    private static let harmless = ["Can't setup RLIMIT_NOFILE for self", "Can't set ns_last_pid"]

    /// Without time stamps and positions in source files.
    let errors: [String]

    /// Empty where there is no log.
    init(path: String) {
        self.init(text: (try? SmallFile.text(path, bound: Self.bound)) ?? "")
    }

    init(text: String) {
        let lines = text.split(separator: "\n").lazy.compactMap(Self.message)
        let real = lines.filter { line in !Self.harmless.contains { line.contains($0) } }
        self.errors = Array(real.prefix(Self.errorBound))
    }

    /// One sentence for operators; `nil` where none of the errors is known.
    var reason: String? {
        for error in self.errors {
            if let known = CriuReason.all.first(where: { error.contains($0.words) }) { return known.sentence }
        }
        return nil
    }

    /// `(00.120927)      1: Error (criu/files-reg.c:2175): File counter has bad size 22` gives the last part.
    private static func message(_ line: Substring) -> String? {
        guard let start = line.firstRange(of: "Error (") else { return nil }
        let rest = line[start.upperBound...]
        guard let end = rest.firstRange(of: "): ") else { return String(rest) }
        return String(rest[end.upperBound...].prefix(300))
    }
}

/// What an operator can make of words that CRIU prints when it cannot go on. The words are those of CRIU 3.17 to 4.2.
struct CriuReason {
    let words: String
    let sentence: String

    private init(_ words: String, _ sentence: String) {
        self.words = words
        self.sentence = sentence
    }

    /// The first that fits is taken: the special ones stand before the general ones.
    static let all = [
        CriuReason(
            "path=/dev/pts/",
            "a process has a terminal outside the container open (often as its standard input); start it without a"
                + " terminal"),
        CriuReason(
            "Can't lookup mount=",
            "a process holds a file of the server that is not in the container (often its standard output);"
                + " start the container with its output in /dev/null or a pipe"),
        CriuReason("Can't dump ghost file", "a deleted file that is still open is larger than the ghost limit allows"),
        CriuReason(
            "--shell-job", "a process is attached to a terminal outside the container; start it without a terminal"),
        CriuReason("dangling tty", "a process is attached to a terminal outside the container"),
        CriuReason("file locks are hold", "a process holds a file lock, and file locks were not asked for"),
        CriuReason("Connected TCP socket", "a TCP connection is established, and connections were not asked for"),
        CriuReason("In-flight connection", "a TCP connection was just being made; try again"),
        CriuReason(
            "TCP_REPAIR can't be enabled for half-closed", "a TCP connection is half closed, which CRIU cannot take"),
        CriuReason("--ext-unix-sk", "a process is connected to a unix socket outside the container"),
        CriuReason(
            "unix: Unix socket",
            "a process holds a unix socket that was made outside the container (often its standard input or output);"
                + " start the container with /dev/null or a pipe there"),
        CriuReason("half of stream unix", "a process is connected to a unix socket outside the container"),
        CriuReason("Unseizable non-zombie", "a process is being traced (by a debugger or strace); detach the tracer"),
        CriuReason("Can't dump nested", "a process lives in a namespace of its own inside the container"),
        CriuReason("overmounted mounts", "a process holds a file that is hidden under a later mount"),
        CriuReason("io_uring", "a process uses io_uring, which CRIU cannot take"),
        CriuReason("userfaultfd", "a process uses userfaultfd, which CRIU cannot take"),
        CriuReason(
            "of that type",
            "a process holds an open file of a kind that CRIU cannot take (such as a device or io_uring)"),
        CriuReason("fsnotify:", "a watched file (inotify or fanotify) cannot be found by a name"),
        CriuReason("Can't dump that handle", "a watched file (inotify or fanotify) cannot be found by a name"),
        CriuReason(
            "unreachable sharing",
            "a mount in the container shares its mounts with the server; make it private or slave"),
        CriuReason("FS mnt", "a file system is mounted in the container that CRIU does not know"),
        CriuReason("is a fuse mount", "a FUSE file system is mounted in the container, which CRIU cannot take"),
        CriuReason("autofs", "an autofs file system is mounted in the container, which CRIU cannot take"),
        CriuReason("SO_PASSCRED", "this CRIU is too old for this kernel's sockets; CRIU 4.2 or later is needed"),
        CriuReason("SO_PASSSEC", "this CRIU is too old for this kernel's sockets; CRIU 4.2 or later is needed"),
        CriuReason("Unexpected rt vDSO area", "this CRIU is too old for this kernel; CRIU 4.1 or later is needed"),
        CriuReason(
            "Diag module missing",
            "the kernel has no socket diagnosis; load the modules inet_diag, tcp_diag, udp_diag, unix_diag,"
                + " netlink_diag and af_packet_diag"),
        CriuReason(
            "iptables", "CRIU could not hold the container's network; install iptables and load the module xt_mark"),
        CriuReason("nftables", "CRIU could not hold the container's network through nftables"),
        CriuReason(
            "has bad size",
            "a file that was open has another size than at the checkpoint: it was changed or not copied since"),
        CriuReason("has bad mode", "a file that was open has other permissions than at the checkpoint"),
        CriuReason("has bad build-ID", "a program or library is not the same build as at the checkpoint"),
        CriuReason(
            "Can't bind inet socket", "an address of the container is not in its network namespace on this server"),
        CriuReason("do not match expected", "a process number is taken in the namespace in which it must be restored"),
        CriuReason("images version", "the images were made by a newer CRIU than this server has"),
        CriuReason("agic doesn't match", "the images were made by a newer CRIU than this server has, or are damaged"),
        CriuReason("xsave", "this server's processor lacks a feature that the container uses"),
        CriuReason("fpu", "this server's processor lacks a feature that the container uses"),
        CriuReason("No space left on device", "the file system of the images or of the container is full"),
        CriuReason("Operation not permitted", "CRIU lacks a privilege; it must run as root with all capabilities"),
    ]
}
