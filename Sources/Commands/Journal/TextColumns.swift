internal import Glibc

/// Rows of cells, each column as wide as its widest cell; the last one is not padded.
enum TextColumns {
    static func aligned(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { Self.line($0, widths) + "\n" }.joined()
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in row.enumerated() {
            line += cell
            if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
        }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}

/// Times and spans as the columns show them.
enum TimeText {
    /// `2026-11-24 02:35:27.632`, UTC; the bare number for a time that no calendar has.
    static func instant(_ nanoseconds: Int64) -> String {
        let (seconds, rest) = Self.split(nanoseconds)
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "\(nanoseconds) ns" }
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { Self.padded($0, 2) }
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0), 2) }
        return "\(date.joined(separator: "-")) \(clock.joined(separator: ":")).\(Self.padded(Int(rest / 1_000_000), 3))"
    }

    /// `0.152 ms`, `12.345 s`, `1:02:03 h`.
    static func span(_ nanoseconds: Int64) -> String {
        guard nanoseconds >= 0 else { return "-" + Self.span(nanoseconds == .min ? .max : -nanoseconds) }
        let seconds = nanoseconds / 1_000_000_000
        if seconds >= 3600 {
            return "\(seconds / 3600):\(Self.padded(Int(seconds / 60 % 60), 2)):\(Self.padded(Int(seconds % 60), 2)) h"
        }
        if seconds >= 1 { return "\(seconds).\(Self.padded(Int(nanoseconds / 1_000_000 % 1000), 3)) s" }
        return "\(nanoseconds / 1_000_000).\(Self.padded(Int(nanoseconds / 1000 % 1000), 3)) ms"
    }

    private static func split(_ nanoseconds: Int64) -> (seconds: Int64, rest: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Descriptor 1. A reader that goes away (`| head`) ends the output and is no failure.
enum StandardOutput {
    /// Expects SIGPIPE to be ignored. What cannot be written for another reason is a failure.
    static func write(_ text: String) throws(JournalFailure) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno == EPIPE {
                return
            } else if errno != EINTR {
                throw JournalFailure(.unreadable, "Could not write to the standard output: error \(errno).")
            }
        }
    }
}
