/// A line of `vzmigrate-journal show`.
package struct JournalRow {
    package let kind: String
    package let state: String
    package let what: String

    package static func rows(of text: String) -> [JournalRow] {
        let lines = text.split(separator: "\n")
        guard let head = lines.firstIndex(where: { $0.hasPrefix("SEQ ") }) else { return [] }
        let places = ["KIND", "STATE", "WHAT"].map { Self.place(of: $0, in: lines[head]) } + [10_000]
        return lines[(head + 1)...].map { line in
            let cells = zip(places, places.dropFirst()).map { start, end in
                String(line.dropFirst(start).prefix(end - start).reversed().drop { $0 == " " }.reversed())
            }
            return JournalRow(kind: cells[0], state: cells[1], what: cells[2])
        }
    }

    private static func place(of word: String, in line: Substring) -> Int {
        line.firstRange(of: word).map { line.distance(from: line.startIndex, to: $0.lowerBound) } ?? 0
    }
}
