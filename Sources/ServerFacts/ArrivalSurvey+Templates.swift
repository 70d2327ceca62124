internal import AgentProtocol
internal import HostAccess
package import NodeConfiguration

extension ArrivalSurvey {
    /// Those of the container's templates that are below TEMPLATE: as a directory of that name, as one of its parts
    /// (`debian/12/x86_64` for `debian-12-x86_64`), or packed in `cache`.
    func templates() -> Fact<Set<String>>? {
        guard self.registry.global.keepsTemplates else { return nil }
        return Fact {
            let root = try self.registry.global.templateDirectory
            // A directory that cannot be read is not an empty one.
            _ = try DurableFile.names(in: root)
            let wanted = try WantedTemplates.names(of: self.configuration)
            return Set(wanted.filter { Self.places(of: $0).contains { DurableFile.exists("\(root)/\($0)") } })
        }
    }

    private static func places(of name: String) -> [String] {
        let packed = ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.lz4", "tar.bz2"].map { "cache/\(name).\($0)" }
        return [name, name.replacing("-", with: "/")] + packed
    }
}

/// OSTEMPLATE and TEMPLATES.
package enum WantedTemplates {
    /// - Throws: `ConfigurationError` for a name that would lead out of TEMPLATE.
    package static func names(of configuration: ContainerConfiguration) throws -> [String] {
        let named = [
            ("OSTEMPLATE", try configuration.osTemplate.map { [$0] } ?? []), ("TEMPLATES", try configuration.templates),
        ]
        return try named.flatMap { key, names in
            if let name = names.first(where: { $0.split(separator: "/").contains("..") || $0.hasPrefix("/") }),
                let setting = configuration.setting(key)
            {
                throw setting.error("has \"\(name)\", which is not the name of a template")
            }
            return names.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        }
    }
}
