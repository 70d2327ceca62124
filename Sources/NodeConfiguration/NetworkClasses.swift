internal import HostAccess

/// The file of the classes that RATE speaks of: lines of a number and a network, such as `1 0.0.0.0/0`.
package enum NetworkClasses {
    /// - Parameter path: a file that is not there has no class.
    /// - Returns: the numbers of the classes.
    /// - Throws: ``NodeError`` with the line that cannot be understood.
    package static func read(_ path: String) throws(NodeError) -> Set<Int> {
        guard DurableFile.exists(path) else { return [] }
        let bytes = try NodeError.wrapping { () throws(FileError) in try DurableFile.read(path, limit: 1 << 20) }
        var classes: Set<Int> = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split { " \t\r".contains($0) }
            guard let first = words.first else { continue }
            guard words.count == 2, let number = Int(first), number >= 0, InterfaceAddress(String(words[1])) != nil
            else {
                throw .configuration(
                    ConfigurationError(
                        path: path, line: index + 1, what: "\"\(line)\" is not a class and a network, as 1 0.0.0.0/0"))
            }
            classes.insert(number)
        }
        return classes
    }
}
