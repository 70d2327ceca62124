internal import FoundationEssentials
internal import Glibc
internal import HandOver

/// One instant on both clocks of a machine: the one that people read and the one that never jumps.
package struct JournalTime: Hashable, Sendable {
    /// UTC, nanoseconds since 1970.
    package let wallNanoseconds: Int64

    /// `CLOCK_BOOTTIME`, nanoseconds since this boot, suspended time included. Compares only within one ``bootID``.
    package let bootNanoseconds: Int64

    /// `/proc/sys/kernel/random/boot_id`; all zero where the file cannot be read.
    package let bootID: [UInt8]

    package init(wallNanoseconds: Int64, bootNanoseconds: Int64, bootID: [UInt8]) {
        self.wallNanoseconds = wallNanoseconds
        self.bootNanoseconds = bootNanoseconds
        self.bootID = bootID
    }

    /// Whether this machine has not started anew since.
    package var isOfThisBoot: Bool { self.bootID == Self.currentBootID }

    static func now() -> JournalTime {
        JournalTime(
            wallNanoseconds: Self.read(CLOCK_REALTIME),
            bootNanoseconds: Self.read(CLOCK_BOOTTIME),
            bootID: Self.currentBootID)
    }

    private static let currentBootID: [UInt8] = {
        let path = "/proc/sys/kernel/random/boot_id"
        let text = (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
        let id = text.flatMap { UniqueID(parsing: $0.filter { $0 != "\n" }) }
        return id?.bytes ?? [UInt8](repeating: 0, count: UniqueID.byteCount)
    }()

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
