internal import CLinux
internal import Glibc
package import SystemPackage

extension Errno {
    /// The error of the C call that failed just now on this thread; any call in between may have changed it.
    package static var last: Errno { Errno(rawValue: vz_errno()) }
}
