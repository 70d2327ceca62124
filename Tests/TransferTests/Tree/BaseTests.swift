internal import Foundation
internal import Glibc
internal import HandOver
internal import SystemPackage
internal import Testing
internal import TestSupport
internal import Transfer

@Suite("An older copy of the tree at the receiver spares the wire, and is never touched")
struct BaseTests {
    @Test(
        "All that an odd tree holds comes from the base but for what changed; the base stays as it was to the inode",
        .enabled(if: TestUser.isRoot, "needs root"))
    func oddTree() throws {
        let node = try TestNode()
        try node.shell(OddTreeTests.build)
        try node.sync(.final)
        try node.moveAway()
        try node.shell(
            """
            cd source; echo changed > empty; echo new > a/new; rm z/ping; chmod 640 big; mv hole-start a/b/moved
            """)
        let before = try node.fingerprint("base")
        let warm = try node.sync(.warm)
        #expect(warm.tree.contentBytes < 20_000, "\(warm)")
        #expect(warm.tree.wireBytes < 25_000, "\(warm)")
        #expect(try #require(warm.base).files > 10)
        #expect(try #require(warm.base).problem == "")
        let last = try node.sync(.final)
        #expect(last.tree.contentBytes == 0 && last.entriesUpdated == 0 && last.base == nil, "\(last)")
        try node.expectNoDifference()
        #expect(try node.fingerprint("base") == before)
        let inodes = "inodes() { find $1 -printf '%i\\n' | sort -u; }"
        #expect(try node.shell("\(inodes); comm -12 <(inodes base) <(inodes target)") == "")
    }

    @Test("What a copy that was killed left is neither trusted nor in the way, and the copy goes on")
    func cutShort() throws {
        let node = try TestNode()
        try node.shell("cd source; mkdir d e; for i in $(seq 40); do head -c 50000 /dev/urandom > d/$i; done; cp d/* e")
        try node.sync(.final)
        try node.moveAway()
        // Half of one file, one whole and one that only looks it, without a word in the index.
        try node.shell(
            """
            mkdir target/d; head -c 20000 base/d/1 > target/d/1; cp -p base/d/2 target/d/2
            head -c 50000 /dev/zero > target/d/3; touch -r base/d/3 target/d/3
            printf garbage > state-b/target.index.log
            """)
        let report = try node.sync(.warm)
        #expect(report.filesSent == 0, "\(report)")
        #expect(report.base?.files == 80, "\(report)")
        try node.sync(.final)
        try node.expectNoDifference()
    }

    @Test("A source that goes away ends the copy at once; the next attempt goes on with it", .timeLimit(.minutes(1)))
    func goneAway() throws {
        let node = try TestNode()
        try node.shell("cd source; for i in $(seq 20); do head -c 2000000 /dev/urandom > $i; done")
        try node.sync(.final)
        try node.moveAway()
        let (here, there) = try TestNode.socketPair()
        let begin = try HostileTests.record(node).prefix(15)
        try node.shell("rm -rf target/* state-b/*")
        _ = try here.writeAll(begin)
        try here.close()
        #expect(throws: TransferError.self) { try node.receiver().receive(input: there, output: there) }
        try there.close()
        #expect(try node.shell("ls target | wc -l") == "0\n")
        let report = try node.sync(.warm)
        #expect(report.tree.contentBytes == 0 && report.base?.files == 20, "\(report)")
    }

    @Test("Once used it is not used again: what the source removed does not come back")
    func usedOnce() throws {
        let node = try TestNode()
        try node.shell("cd source; echo 1 > one; echo 2 > two")
        try node.sync(.final)
        try node.moveAway()
        try node.shell("rm source/one")
        #expect(try node.sync(.warm).deleted == 1)
        let again = try node.sync(.warm)
        #expect(again.deleted == 0 && again.base == nil, "\(again)")
        #expect(try node.shell("ls target") == "two\n")
    }

    @Test("A hostile or foreign base leads nowhere, and nothing of it stays")
    func hostile() throws {
        let node = try TestNode()
        node.hiding = [Array("config.json".utf8)]
        try node.shell(
            #"""
            mkdir canary base; echo CANARY-SECRET > canary/secret; touch -d 2001-01-01 canary canary/secret
            echo theirs > base/config.json; ln -s $PWD/canary base/a; ln -s ../../canary base/d; mkdir base/file
            ln -s /etc/passwd base/file/passwd; mkfifo base/fifo; mknod base/disk b 7 0; chmod 4777 base/fifo
            ln canary/secret base/linked; touch "base/$(printf '\xff\n')"; ln base/linked base/again
            cd source; mkdir -p a d; echo 1 > a/secret; echo 2 > d/secret; echo 3 > file; echo 4 > linked
            """#)
        node.base = node.folder + "/base"
        let before = try node.fingerprint("canary") + node.fingerprint("base")
        let report = try node.sync(.warm)
        #expect(report.base?.problem == "", "\(report)")
        try node.sync(.final)
        try node.expectNoDifference("--exclude=/config.json")
        #expect(try node.shell("ls -A target; cat target/config.json 2>&1 | wc -l") == "a\nd\nfile\nlinked\n1\n")
        #expect(try node.fingerprint("canary") + node.fingerprint("base") == before)
        #expect(try node.shell("grep -rl CANARY-SECRET target || true") == "")
    }

    @Test(
        "A base that does not fit, is none, or has another disk mounted in it costs the wire, and it is said why",
        .enabled(if: TestUser.isRoot, "needs root"))
    func unusable() throws {
        let node = try TestNode()
        try node.shell(
            """
            mount -t tmpfs -o size=8m none target; mkdir base; head -c 20M /dev/urandom > base/old
            head -c 3M /dev/urandom > base/first; head -c 6M /dev/urandom > source/new
            """)
        node.base = node.folder + "/base"
        let report = try node.sync(.warm)
        #expect(report.base?.files == 0 && report.base?.problem.contains("No space left") == true, "\(report)")
        try node.sync(.final)
        try node.expectNoDifference()

        let other = try TestNode()
        try other.shell("echo file > base; echo 1 > source/one")
        other.base = other.folder + "/base"
        #expect(try other.sync(.warm).base?.problem.contains("base") == true)
        try other.sync(.final)
        try other.expectNoDifference()
    }

    @Test(
        "Where the file system can, a copy shares its blocks until somebody writes",
        .enabled(
            if: access("/usr/sbin/mkfs.xfs", X_OK) == 0 && access("/dev/loop-control", R_OK) == 0,
            "install xfsprogs, and allow loop devices"))
    func cloned() throws {
        let node = try TestNode()
        let mounted = try node.shell(
            """
            set -e; truncate -s 400M image; /usr/sbin/mkfs.xfs -q image; mkdir disk; mount -o loop image disk
            rmdir target; mkdir disk/target; ln -s disk/target target
            cd source; head -c 20000000 /dev/urandom > large; truncate -s 3M sparse; echo x >> sparse; echo s > small
            """)
        #expect(mounted == "")
        try node.sync(.final)
        try node.shell("mv disk/target disk/base; mkdir disk/target; rm -f state-a/* state-b/*; sync; df disk > before")
        node.base = node.folder + "/disk/base"
        let before = try node.fingerprint("disk/base")
        let report = try node.sync(.warm)
        #expect(report.tree.contentBytes == 0 && report.base?.files == 3, "\(report)")
        try node.sync(.final)
        try node.expectNoDifference()
        #expect(try node.fingerprint("disk/base") == before)
        let used = "$(df --output=used -k disk | tail -1)"
        let grown = try node.shell("echo $((\(used) - $(awk 'END {print $3}' before)))")
        #expect(try #require(Int(grown.trimmingCharacters(in: .newlines))) < 1000, "KiB: \(grown)")
    }
}
