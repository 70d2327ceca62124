internal import HostAccess

/// Rules and order of paths inside a tree: names as bytes with `/` between them, the root being empty.
enum TreePath {
    /// The longest path that travels, in bytes. Linux allows trees deeper than any one path it takes.
    static let lengthLimit = 64 << 10

    private static let slash = UInt8(ascii: "/")

    /// Compares in walk order: parents before children, names of one directory bytewise.
    ///
    /// - Returns: negative, 0 or positive. `/` counts as less than any byte that a name can hold.
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        let count = min(left.count, right.count)
        for index in 0..<count where left[index] != right[index] {
            if left[index] == self.slash { return -1 }
            if right[index] == self.slash { return 1 }
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }

    /// True when `path` lies below the directory `ancestor`, which is not below itself.
    static func isBelow(_ path: [UInt8], _ ancestor: [UInt8]) -> Bool {
        if ancestor.isEmpty { return !path.isEmpty }
        return path.count > ancestor.count && path[ancestor.count] == self.slash && path.starts(with: ancestor)
    }

    /// True when every name of a non-empty `path` is one that an entry can have, and the whole is within bounds.
    static func isValid(_ path: [UInt8]) -> Bool {
        guard !path.isEmpty, path.count <= self.lengthLimit else { return false }
        return path.split(separator: self.slash, omittingEmptySubsequences: false).allSatisfy { FileName.isValid($0) }
    }

    /// The directory that holds `path`, and its name there.
    static func split(_ path: [UInt8]) -> (parent: [UInt8], name: [UInt8]) {
        guard let index = path.lastIndex(of: self.slash) else { return ([], path) }
        return (Array(path[..<index]), Array(path[(index + 1)...]))
    }

    /// The path of `name` in `parent`.
    static func join(_ parent: [UInt8], _ name: some Collection<UInt8>) -> [UInt8] {
        var path = parent
        path.reserveCapacity(parent.count + 1 + name.count)
        if !parent.isEmpty { path.append(self.slash) }
        path.append(contentsOf: name)
        return path
    }
}
