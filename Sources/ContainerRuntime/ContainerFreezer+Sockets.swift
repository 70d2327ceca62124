internal import CLinux
internal import Glibc

extension ContainerFreezer {
    /// Takes the container's TCP sockets out of the repair mode in which a CRIU that was killed leaves them: the thawed
    /// processes would be refused every read and write, and their peers' next byte would end the connections.
    package func endSocketRepair() throws(FreezerError) {
        for pid in try self.processes() where vz_end_tcp_repair(pid) < 0 {
            guard errno == ESRCH || errno == ENOENT else {
                throw FreezerError(
                    path: self.path,
                    problem: "the connections of process \(pid) cannot be taken out of repair: "
                        + String(cString: strerror(errno)))
            }
        }
    }
}
