package import Glibc

/// A file's text; `nil` where there is none.
package func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var (bytes, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// `R`, `S`, `T`, `Z` and so on; `nil` if there is no such process.
func processState(_ process: pid_t) -> Character? { processFields(process)?.first?.first }

/// Whether a process was started by another one, or by what that one has started.
package func isDescendant(_ process: pid_t, of ancestor: pid_t) -> Bool {
    guard let fields = processFields(process), fields.count > 1, let parent = pid_t(fields[1]), parent > 0 else {
        return false
    }
    return parent == ancestor || isDescendant(parent, of: ancestor)
}

/// Its state, its parent and so on, as they stand behind its name; `nil` if there is no such process.
/// See: 'man 5 proc_pid_stat'.
private func processFields(_ process: pid_t) -> [Substring]? {
    guard let text = readFile("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[end...].dropFirst(2).split(separator: " ")
}

/// Every process of this machine.
func processNumbers() -> [pid_t] { numbers(in: "/proc") }

/// The names of a process's threads; none if there is no such process.
package func threadNames(of process: pid_t) -> [String] {
    numbers(in: "/proc/\(process)/task").compactMap {
        readFile("/proc/\(process)/task/\($0)/comm").map { String($0.dropLast()) }
    }
}

/// How many bytes have left by a device of the network that a process is in. See: 'man 5 proc_pid_net'.
package func bytesSent(by device: String, of process: pid_t) throws -> UInt64 {
    let lines = (readFile("/proc/\(process)/net/dev") ?? "").split(separator: "\n")
    let words = lines.first { $0.drop { $0 == " " }.hasPrefix("\(device):") }?.split(separator: " ") ?? []
    guard words.count > 9, let count = UInt64(words[9]) else {
        throw LabError("process \(process) is gone, or has no \(device)")
    }
    return count
}

private func numbers(in path: String) -> [pid_t] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var numbers: [pid_t] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let number = pid_t(name) { numbers.append(number) }
    }
    return numbers
}

/// Waits until something is so.
///
/// - Throws: after `seconds`, saying what was waited for.
package func wait(_ seconds: Double = 20, for what: String, until isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try !isSo() {
        guard ContinuousClock.now < end else { throw LabError("waited \(seconds) s in vain for \(what)") }
        usleep(2000)
    }
}
