internal import Glibc
internal import Host

/// How much of this server's processors a container may use: the bandwidth limit of its cgroup.
///
/// See: the kernel's scheduler/sched-bwc.rst (version 1: cpu.cfs_quota_us) and admin-guide/cgroup-v2.rst (cpu.max).
package struct CPULimit: Hashable, Sendable {
    /// Microseconds of processor time in each period.
    package struct Value: Hashable, Sendable {
        /// `nil` for no limit.
        package var quota: Int64?
        package var period: Int64

        package init(quota: Int64?, period: Int64) {
            self.quota = quota
            self.period = period
        }

        /// From its `description`.
        package init?(_ text: String) {
            let words = text.split { $0 == " " || $0 == "\n" }
            guard words.count == 2, let period = Int64(words[1]), period > 0 else { return nil }
            guard words[0] == "max" || Int64(words[0]) != nil else { return nil }
            self.init(quota: Int64(words[0]), period: period)
        }

        /// What is left when so many percent are taken away of it, or of `ceiling` where there is no limit.
        package func throttled(percent: Int, ceiling: Double) -> Value {
            let whole = self.quota ?? Int64(Double(self.period) * ceiling)
            return Value(quota: max(1000, whole * Int64(100 - percent) / 100), period: self.period)
        }
    }

    private let path: String
    private let version: ContainerFreezer.Version

    private init(path: String, version: ContainerFreezer.Version) {
        (self.path, self.version) = (path, version)
    }

    /// From runc's state.json; `nil` where the container has no such cgroup.
    init?(stateDocument document: JSONValue) {
        let paths = document["cgroup_paths"]
        if let path = paths?["cpu"]?.text, !path.isEmpty {
            (self.path, self.version) = (path, .one)
        } else if let path = paths?[""]?.text, !path.isEmpty, access("\(path)/cpu.max", F_OK) == 0 {
            (self.path, self.version) = (path, .two)
        } else {
            return nil
        }
    }

    /// Of a cgroup, by its path below the root of each hierarchy; `nil` where it has no such limit.
    init?(group: String) {
        let version = ControlGroups.version
        self.init(path: ControlGroups.directory(of: group, controller: "cpu"), version: version)
        guard access("\(self.path)/\(version == .one ? "cpu.cfs_quota_us" : "cpu.max")", F_OK) == 0 else { return nil }
    }

    package func value() throws(FreezerError) -> Value {
        do {
            switch self.version {
            case .one:
                let quota = Int64(try self.text("cpu.cfs_quota_us")) ?? -1
                return Value(
                    quota: quota < 0 ? nil : quota, period: Int64(try self.text("cpu.cfs_period_us")) ?? 100_000)
            case .two: return Value(try self.text("cpu.max")) ?? Value(quota: nil, period: 100_000)
            }
        } catch {
            throw FreezerError(path: self.path, problem: "its limit of processor time cannot be read: \(error)")
        }
    }

    /// How many processors the container may have: those of this server, or what the groups above it leave.
    package var ceiling: Double {
        var ceiling = Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        guard self.version == .one else { return ceiling }
        var path = self.path
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            guard let above = try? CPULimit(path: path, version: .one).value() else { break }
            if let quota = above.quota { ceiling = min(ceiling, Double(quota) / Double(above.period)) }
        }
        return ceiling
    }

    package func set(_ value: Value) throws(FreezerError) {
        do {
            switch self.version {
            case .one: try SmallFile.control("\(self.path)/cpu.cfs_quota_us", "\(value.quota ?? -1)")
            case .two: try SmallFile.control("\(self.path)/cpu.max", "\(value)")
            }
        } catch {
            throw FreezerError(path: self.path, problem: "its limit of processor time cannot be set: \(error)")
        }
    }

    private func text(_ file: String) throws(SystemFailure) -> String {
        String(try SmallFile.text("\(self.path)/\(file)").prefix { $0 != "\n" })
    }
}

extension CPULimit.Value: CustomStringConvertible {
    package var description: String { "\(self.quota.map { "\($0)" } ?? "max") \(self.period)" }
}
