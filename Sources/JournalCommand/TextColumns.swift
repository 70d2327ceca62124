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
