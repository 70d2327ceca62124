internal import CLinux
internal import Glibc

/// Lines at the end of a terminal that change in place, on standard error.
///
/// Its size is asked for with every drawing, so that a terminal that was made narrower gets lines that fit.
struct LiveLines {
    private var lines: [String] = []
    /// How many are on the terminal.
    private var drawn = 0

    /// - Returns: `nil` where standard error is no terminal, or none on which anything can be changed.
    init?() {
        guard isatty(STDERR_FILENO) == 1, let kind = getenv("TERM"), String(cString: kind) != "dumb" else { return nil }
    }

    mutating func show(_ lines: [String]) {
        self.erase()
        self.lines = lines
        self.draw()
    }

    /// Takes them away, so that something else can be written in their place.
    mutating func erase() {
        guard self.drawn > 0 else { return }
        // To the first of them, and from there to the end of the screen. See: ECMA-48, CPL and ED.
        self.put("\u{1B}[\(self.drawn)F\u{1B}[J")
        self.drawn = 0
    }

    mutating func draw() {
        guard !self.lines.isEmpty else { return }
        let width = Self.columns
        let fitting = self.lines.prefix(Self.rows)
        self.put(fitting.map { $0.prefix(width) + "\n" }.joined())
        self.drawn = fitting.count
    }

    /// One less than the terminal has: a full line would wrap in some.
    private static var columns: Int {
        let columns = vz_terminal_columns(STDERR_FILENO)
        return max(10, (columns > 0 ? Int(columns) : 80) - 1)
    }

    /// As many as stay on the screen: of those that it scrolls away none can be taken back.
    private static var rows: Int {
        let rows = vz_terminal_rows(STDERR_FILENO)
        return max(1, (rows > 0 ? Int(rows) : 24) - 1)
    }

    private func put(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
