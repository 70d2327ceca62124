package import Host

/// What a bundle's config.json says that matters to a move; everything else is kept as it was written.
///
/// See: the OCI runtime specification, config.md and config-linux.md.
package struct BundleSpecification: Hashable, Sendable {
    /// Where the container's network comes from.
    package enum Network: Hashable, Sendable {
        /// The server's own: such a container cannot be moved online.
        case host
        /// A network namespace that the runtime makes anew.
        case new
        /// A network namespace that exists, by its path.
        case path(String)
    }

    /// In bytes; a larger config.json is refused.
    package static let bound = 4 << 20

    /// An absolute path without `.` and `..`.
    package let bundle: String
    package private(set) var document: JSONValue

    /// Reads `config.json` of a bundle, or the file of another name there.
    package init(bundle: String, file: String = "config.json") throws(BundleError) {
        let path = "\(bundle)/\(file)"
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, bound: Self.bound + 1)
        } catch {
            throw BundleError(file: path, problem: "cannot be read: \(error)")
        }
        try self.init(bundle: bundle, file: file, bytes: bytes)
    }

    package init(bundle: String, file: String = "config.json", bytes: [UInt8]) throws(BundleError) {
        let path = "\(bundle)/\(file)"
        guard bytes.count <= Self.bound else {
            throw BundleError(file: path, problem: "is larger than \(Self.bound) bytes")
        }
        do {
            self.document = try JSONValue(parsing: bytes)
        } catch {
            throw BundleError(file: path, problem: error.description)
        }
        self.bundle = Self.normalized(bundle)
        guard self.document.members != nil else { throw BundleError(file: path, problem: "is not a JSON object") }
        guard self.document["ociVersion"]?.text != nil else {
            throw BundleError(file: path, problem: "has no \"ociVersion\": it is not an OCI runtime configuration")
        }
    }

    /// The absolute path of the root file system.
    /// - Throws: where it is not named, or not inside the bundle, so that it would not travel with it.
    package func rootPath() throws(BundleError) -> String {
        let file = "\(self.bundle)/config.json"
        guard let path = self.document["root"]?["path"]?.text, !path.isEmpty else {
            throw BundleError(file: file, problem: "\"root.path\" is missing: the root file system is not named")
        }
        let absolute = Self.normalized(path.hasPrefix("/") ? path : "\(self.bundle)/\(path)")
        guard absolute.hasPrefix(self.bundle + "/") else {
            throw BundleError(
                file: file,
                problem: "\"root.path\" is \(path), which is not below the bundle \(self.bundle); only what is in the"
                    + " private area moves, so put the root file system there")
        }
        return absolute
    }

    package var network: Network {
        let spaces = self.document["linux"]?["namespaces"]?.elements ?? []
        guard let network = spaces.first(where: { $0["type"]?.text == "network" }) else { return .host }
        guard let path = network["path"]?.text, !path.isEmpty else { return .new }
        return .path(path)
    }

    /// Sources of bind mounts that lie outside the bundle: each must exist on the other server too and hold the same.
    package var externalMounts: [String] {
        (self.document["mounts"]?.elements ?? []).compactMap { mount in
            let options = (mount["options"]?.elements ?? []).compactMap(\.text)
            let isBind = mount["type"]?.text == "bind" || options.contains("bind") || options.contains("rbind")
            guard isBind, let source = mount["source"]?.text else { return nil }
            let absolute = Self.normalized(source.hasPrefix("/") ? source : "\(self.bundle)/\(source)")
            return absolute.hasPrefix(self.bundle + "/") ? nil : absolute
        }
    }

    package var annotations: [String: String] {
        let members = self.document["annotations"]?.members ?? []
        return Dictionary(members.compactMap { member in member.value.text.map { (member.name, $0) } }) { $1 }
    }

    /// A container with a terminal needs someone at its other end; its checkpoint fails.
    package var hasTerminal: Bool { self.document["process"]?["terminal"]?.boolean ?? false }

    /// As the runtime takes it, relative to the mount point of the cgroup file system; `nil` is the runtime's default.
    package var controlGroupPath: String? { self.document["linux"]?["cgroupsPath"]?.text }

    /// Adds a hook before all others of its stage.
    package mutating func addCreateRuntimeHook(path: String, arguments: [String]) {
        var hooks = self.document["hooks"] ?? .object([])
        let hook = JSONValue.object([
            JSONValue.Member("path", .string(path)),
            JSONValue.Member("args", .array(arguments.map { .string($0) })),
        ])
        hooks["createRuntime"] = .array([hook] + (hooks["createRuntime"]?.elements ?? []))
        self.document["hooks"] = hooks
    }

    /// Gives it a control group beside its own, where it names one: crun ends whatever is in there when it fails to
    /// start a container, be it another one's processes.
    package mutating func moveControlGroupAside() {
        guard var linux = self.document["linux"], let path = self.controlGroupPath else { return }
        linux["cgroupsPath"] = .string("\(path).fenced")
        self.document["linux"] = linux
    }

    /// The document as it is now.
    package var bytes: [UInt8] { self.document.serialized }

    /// Without empty parts, `.` and `..`, as text: links are not looked at.
    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}

/// What is wrong with a container's bundle, and with which file of it.
package struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let problem: String

    package init(file: String, problem: String) {
        self.file = file
        self.problem = problem
    }

    package var description: String { "\(self.file): \(self.problem)" }
}
