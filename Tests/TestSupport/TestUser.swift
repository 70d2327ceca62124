internal import Glibc

/// Who runs the tests: root with tools/test, anybody with `tools/test --quick`.
package enum TestUser {
    /// For `.enabled(if:)` of a test that changes owners, mounts, or makes namespaces.
    package static let isRoot = geteuid() == 0
}
