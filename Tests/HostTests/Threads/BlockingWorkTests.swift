internal import Glibc
internal import Host
internal import Synchronization
internal import Testing

private struct Refusal: Error, Equatable {
    let reason: Int
}

private actor Owner {
    private let thread = DedicatedThread(named: "owner")
    private var threads: Set<UInt> = []
    private var count = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    func visit() -> Int {
        self.threads.insert(UInt(pthread_self()))
        let before = self.count
        usleep(100)
        self.count = before + 1
        return self.threads.count
    }

    func visits() -> Int { self.count }

    func threadName() -> String { currentThreadName() }
}

private func currentThreadName() -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let file = open("/proc/thread-self/comm", O_RDONLY)
    defer { close(file) }
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)
}

/// How many threads of this process are called `short-lived`.
private func shortLivedThreads() -> Int {
    guard let directory = opendir("/proc/self/task") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let path = withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        let file = open("/proc/self/task/\(path)/comm", O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let length = read(file, &bytes, bytes.count)
        if bytes.prefix(max(0, length)).elementsEqual("short-lived\n".utf8) { count += 1 }
    }
    return count
}

@Suite("Blocking calls run on threads of their own", .timeLimit(.minutes(5)))
struct BlockingWorkTests {
    @Test("More bodies block at once than the cooperative pool has threads")
    func runsSideBySide() async {
        final class Arrivals: Sendable { let count = Mutex(0) }
        let arrived = Arrivals()
        let all = 64
        let last = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<all {
                group.addTask {
                    await runBlocking(named: "side by side") {
                        arrived.count.withLock { $0 += 1 }
                        while arrived.count.withLock({ $0 }) < all { usleep(1000) }
                        return 1
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(last == all)
    }

    @Test("What the body throws arrives as the type that it threw")
    func throwsTyped() async {
        do throws(Refusal) {
            _ = try await runBlocking(named: "refusal") { () throws(Refusal) -> Int in throw Refusal(reason: 7) }
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.reason == 7)
        }
    }

    @Test("The thread carries its name, cut to what Linux keeps")
    func isNamed() async {
        #expect(await runBlocking(named: "a-name-of-more-than-15") { currentThreadName() } == "a-name-of-more-")
        #expect(await Owner().threadName() == "owner")
    }

    @Test("An actor on a dedicated thread runs its jobs one at a time, on that thread alone")
    func actorStaysOnItsThread() async {
        let owner = Owner()
        let threads = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { await owner.visit() } }
            return await group.reduce(0, max)
        }
        #expect(threads == 1)
        #expect(await owner.visits() == 200)
    }

    @Test("The thread ends with its owner")
    func endsWithItsOwner() async {
        actor Short {
            private let thread = DedicatedThread(named: "short-lived")
            nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }
            func threadName() -> String { currentThreadName() }
        }
        do {
            let short = Short()
            #expect(await short.threadName() == "short-lived")
            withExtendedLifetime(short) { #expect(shortLivedThreads() == 1) }
        }
        while shortLivedThreads() > 0 { await Task.yield() }
    }
}
