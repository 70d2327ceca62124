internal import Glibc

/// A folder of its own for one test, removed with everything in it when the test is over.
///
/// Its path holds only what the name of a program may hold, and begins with the module that made it.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// - Parameters:
    ///   - parent: Where the folder is made, an absolute path.
    ///   - file: Leave it: it tells whose folder it is, should one stay behind.
    package init(in parent: String = "/tmp", file: String = #fileID) {
        let module = file.split(separator: "/").first.map(String.init) ?? "vzmigrate"
        var template = Array("\(parent)/\(module)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed with errno \(errno)") }
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeTree(Array(self.path.utf8CString)) }

    package func has(_ name: String) -> Bool { access("\(self.path)/\(name)", F_OK) == 0 }

    /// The file of that name as text; fails loudly where there is none.
    package func read(_ name: String) throws(FileTrouble) -> String {
        let file = open("\(self.path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileTrouble(name: name, code: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes a new file in the place of whatever has that name.
    ///
    /// - Returns: Its path.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws(FileTrouble) -> String {
        try self.write(name, Array(text.utf8), mode: mode)
    }

    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(FileTrouble) -> String {
        let path = "\(self.path)/\(name)"
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileTrouble(name: name, code: errno) }
        defer { close(file) }
        guard fchmod(file, mode) == 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw FileTrouble(name: name, code: errno)
        }
        return path
    }

    /// A file of a test that could not be read or written.
    package struct FileTrouble: Error {
        package let name: String
        /// See: 'man 3 errno'.
        package let code: Int32
    }

    /// - Parameter path: bytes that end in NUL: what is in the folder may have any name.
    private static func removeTree(_ path: [CChar]) {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
                }
                let below = path.dropLast() + [CChar(UInt8(ascii: "/"))] + name + [0]
                var status = stat()
                let isDot = name == [0x2E] || name == [0x2E, 0x2E]
                guard !isDot, lstat(Array(below), &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { Self.removeTree(Array(below)) } else { unlink(Array(below)) }
            }
            closedir(stream)
        }
        rmdir(path)
    }
}
