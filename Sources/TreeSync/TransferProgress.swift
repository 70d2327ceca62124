internal import CLinux
internal import Glibc

/// Tells a caller how far a pass is, at most four times a second.
struct TransferProgress {
    /// Called with the files looked at and the bytes of content sent.
    typealias Report = (_ files: UInt64, _ bytes: UInt64) -> Void

    private let report: Report?
    private var next: Int64 = 0
    private static let interval: Int64 = 250_000_000

    init(_ report: Report?) { self.report = report }

    mutating func tell(files: UInt64, bytes: UInt64) {
        guard let report else { return }
        let now = vz_clock_ns(CLOCK_MONOTONIC_COARSE)
        guard now >= self.next else { return }
        self.next = now + Self.interval
        report(files, bytes)
    }
}
