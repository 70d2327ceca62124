internal import HostAccess
internal import TreeSync

/// Removes whole directories of ours: private areas, images, state.
package enum AreaRemoval {
    /// Removes the directory and all that is in it, durably. Does nothing if it is not there.
    ///
    /// What is in it is hostile: nothing is followed, no mount is crossed.
    package static func remove(_ path: String) throws(HostingError) {
        guard DurableFile.exists(path) else { return }
        try HostingError.wrapping(.system) {
            let name = path.split(separator: "/").last.map { Array($0.utf8) } ?? []
            let parent = try RootedDirectory(path: Array(DurableFile.parent(of: path).utf8))
            try TreeRemoval.removeTree(below: parent, named: name)
        }
    }
}
