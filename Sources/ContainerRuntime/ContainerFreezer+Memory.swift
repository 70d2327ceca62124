internal import Glibc

extension ContainerFreezer {
    /// What all processes have in memory; what they share counts for each. One that ends meanwhile counts nothing.
    package func residentBytes() throws(FreezerError) -> UInt64 {
        let pages = try self.processes().reduce(UInt64(0)) { sum, pid in
            // See: 'man 5 proc_pid_statm', field 2.
            guard let text = try? SmallFile.text("/proc/\(pid)/statm", bound: 256) else { return sum }
            let fields = text.split(separator: " ")
            return sum + (fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0)
        }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
