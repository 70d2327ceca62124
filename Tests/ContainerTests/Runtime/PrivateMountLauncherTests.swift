@testable internal import Container
internal import Glibc
@testable internal import Host
internal import Testing
internal import TestSupport

@Suite("A program sees one file in the place of another, and nobody else does")
struct PrivateMountLauncherTests {
    @Test("The program reads the substitute while the file on disk stays", .enabled(if: TestUser.isRoot, "needs root"))
    func substitution() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            try folder.write("true", "fenced")
            try folder.write("substitute", "open")
            // The parent of this process is in the mount namespace that it came from.
            let (substitute, target) = ("\(folder.path)/substitute", "\(folder.path)/true")
            let script = "test $(cat \(target)) = open && test $(cat /proc/$PPID/root\(target)) = fenced"
            let whole = script + "; e=$?; rm \(substitute); umount \(target); rm -r \(folder.path); exit $e"
            withExtendedLifetime(folder) {
                exit(PrivateMountLauncher.main([substitute, target, "--", "sh", "-c", whole]))
            }
        }
    }

    @Test(
        "Wrong arguments and a missing file end it with a status, not with the program",
        .enabled(if: TestUser.isRoot, "needs root"))
    func refused() async {
        await #expect(processExitsWith: .exitCode(1)) { exit(PrivateMountLauncher.main(["a", "b", "c", "d"])) }
        await #expect(processExitsWith: .exitCode(1)) {
            exit(PrivateMountLauncher.main(["/nonexistent", "/etc/hostname", "--", "true"]))
        }
    }
}
