internal import CLinux
internal import Glibc

/// userfaultfd(2), without which CRIU dumps all content of pages itself.
package enum UserFaults {
    /// Whether this kernel has it, for privileged programs.
    package static let areThere = vz_has_user_faults() == 1
}
