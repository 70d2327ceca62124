internal import HostAccess

/// Keeps what a CT left behind under `<path>.migrated`, and what was there before under higher numbers.
///
/// Nothing is ever overwritten or removed. Each rename is durable and takes only a free name, so the work may die
/// anywhere and be done again: the order of the archives stays, and none is lost.
enum MigratedArchive {
    /// Renames a file or directory to `<path>.migrated`. An older archive becomes `.migrated.1`, that one `.migrated.2`
    /// and so on: the higher the number, the older.
    ///
    /// - Returns: `false` if there is nothing at `path`, as after a call whose result was lost.
    static func archive(_ path: String) throws(FileError) -> Bool {
        guard DurableFile.exists(path) else { return false }
        try Self.makeRoom(for: path)
        try DurableFile.rename(path, to: NodeLayout.migrated(path))
        return true
    }

    private static func makeRoom(for path: String) throws(FileError) {
        guard DurableFile.exists(NodeLayout.migrated(path)) else { return }
        var free = 1
        while DurableFile.exists(NodeLayout.migrated(path, number: free)) { free += 1 }
        for number in stride(from: free, to: 1, by: -1) {
            try DurableFile.rename(
                NodeLayout.migrated(path, number: number - 1), to: NodeLayout.migrated(path, number: number))
        }
        try DurableFile.rename(NodeLayout.migrated(path), to: NodeLayout.migrated(path, number: 1))
    }
}
