// Appends records to a journal and prints each one's number once it is on disk. For tests that kill it, trace it, or
// run several of it: journal-test-writer DIRECTORY COUNT
internal import Glibc
internal import HandOver
internal import Journal

func say(_ text: String, to descriptor: Int32) {
    _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let count = Int(arguments[2]) else {
    say("usage: journal-test-writer DIRECTORY COUNT\n", to: 2)
    exit(2)
}
do {
    var options = JournalStore.Options()
    options.allowsVolatileFileSystem = true
    let store = try JournalStore(directory: arguments[1], toolVersion: "test", options: options)
    let migration = UniqueID.random()
    let payload = Array(#"{"bytes":1234567,"text":"\#(String(repeating: "x", count: 440))"}"#.utf8)
    say("ready\n", to: 1)
    let clock = ContinuousClock()
    let elapsed = try clock.measure {
        for index in 0..<count {
            var record = NewRecord(
                kind: "dirtyRoundFinished", migration: migration, expectedVersion: Int64(index), role: .source,
                epoch: 1, container: "101", containerUUID: migration, stateAfter: "iterated", payload: payload)
            do {
                say("\(try store.append(record).sequence)\n", to: 1)
            } catch {
                // The store has to refuse everything after a failure.
                record.expectedVersion = nil
                for _ in 0..<3 where (try? store.append(record)) != nil { say("appended after a failure\n", to: 1) }
                throw error
            }
        }
    }
    try store.close()
    say("\(count) appends in \(elapsed)\n", to: 2)
} catch {
    say("\(error)\n", to: 2)
    exit(1)
}
