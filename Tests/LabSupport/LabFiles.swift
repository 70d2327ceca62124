internal import Glibc

/// A file's text; `nil` where there is none.
package func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var (bytes, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// `R`, `S`, `T`, `Z` and so on; `nil` if there is no such process. See: 'man 5 proc_pid_stat'.
func processState(_ process: pid_t) -> Character? {
    guard let text = readFile("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[end...].dropFirst(2).first
}

/// Every process of this machine.
func processNumbers() -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
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
