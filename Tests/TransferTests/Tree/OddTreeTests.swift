internal import Foundation
internal import HandOver
internal import Testing
internal import TestSupport
internal import Transfer

@Suite("Everything that a tree can hold arrives")
struct OddTreeTests {
    static let build = #"""
        set -e
        cd source
        mkdir -p a/b/c d e/f "sp ace" z
        echo hello > a/hello; printf 'x' > "new
        line"; printf 'y' > $'\xff\xfe-not-utf8'; printf z > $(printf 'n%.0s' $(seq 255))
        : > empty; touch -d '1969-12-31 23:59:58.123456789' a/old; touch -d '1955-01-01 00:00:00.000000001' d
        ln a/hello z/again; ln a/hello d/third
        ln -s ../nowhere/at/all a/link; chown -h 12:13 a/link; touch -h -d '2001-01-01 01:01:01.987654321' a/link
        ln a/link z/samelink
        mkfifo a/fifo; mknod a/null c 1 3; mknod a/loop b 7 200; mknod -m 600 z/p p
        python3 -c 'import socket;s=socket.socket(socket.AF_UNIX);s.bind("z/sock")'
        dd if=/dev/urandom of=hole-start bs=4096 seek=300 count=2 status=none
        dd if=/dev/urandom of=hole-middle bs=4096 count=2 status=none
        dd if=/dev/urandom of=hole-middle bs=4096 seek=900 count=2 conv=notrunc status=none
        dd if=/dev/urandom of=hole-end bs=4096 count=2 status=none; truncate -s 5M hole-end; truncate -s 9999999 hole
        fallocate -l 1M preallocated; dd if=/dev/zero of=zeros bs=1M count=1 status=none
        dd if=/dev/urandom of=big bs=1M count=3 status=none
        setfacl -m u:1234:rw a/hello; setfacl -d -m g:77:rwx e; setfacl -m u:5:r-x e
        setfattr -n user.note -v 'some value' big; setfattr -n trusted.deep -v x e/f
        setfattr -h -n trusted.l -v y a/link
        setfattr -n user.empty a/fifo 2>/dev/null || true
        cp /bin/true z/ping; setcap cap_net_raw+ep z/ping
        echo s > z/suid; chown 4000000000:4294967290 z/suid; chmod 6755 z/suid
        chmod 1777 z; chmod 000 d; echo m > e/mode0; chmod 000 e/mode0
        mkdir im; echo i > im/file; chattr +i im/file; echo l > im/log; chattr +a im/log
        ln im/../big im/big2; chattr +d big; chattr +i im
        chown 100000:100001 a e/f; chmod 2751 e/f; touch -d '2033-03-03 03:03:03.333333333' a/b
        """#

    @Test(
        "Names, times, links, holes, devices, attributes, flags and modes; rsync and lsattr find no difference",
        .enabled(if: TestUser.isRoot, "needs root"))
    func everythingArrives() throws {
        let node = try TestNode()
        #expect(try node.shell(Self.build) == "")
        let report = try node.sync()
        try node.expectNoDifference()
        #expect(try #require(report.digest).files > 20)
        #expect(try node.shell("stat -c %y target/a/old target/d") == node.shell("stat -c %y source/a/old source/d"))
        #expect(try node.shell("cd target; stat -c %b hole hole-start hole-end preallocated").contains("0\n"))
        for name in ["hole-start", "hole-middle", "hole-end", "hole", "zeros", "big"] {
            let extents = "| sed -n 's/^ *[0-9]*: *\\([0-9.]* *[0-9]*\\):.*/\\1/p'"
            let source = try node.shell("stat -c '%s %b' source/\(name)")
            let target = try node.shell("stat -c '%s %b' target/\(name)")
            #expect(source == target, "allocation of \(name) \(extents)")
        }
    }

    @Test("A second pass over an unchanged tree sends no content and no metadata")
    func secondPassSendsNothing() throws {
        let node = try TestNode()
        try node.shell(Self.build)
        try node.sync(.warm)
        let report = try node.sync(.final)
        #expect(report.tree.contentBytes == 0)
        #expect(report.filesSent == 0)
        #expect(report.entriesUpdated == 0)
        #expect(report.deleted == 0)
        try node.expectNoDifference()
    }

    @Test(
        "What changed arrives: types, deletions, renamed directories, links made and broken, locked files",
        .enabled(if: TestUser.isRoot, "needs root"))
    func changesArrive() throws {
        let node = try TestNode()
        try node.shell(Self.build)
        try node.sync(.warm)
        let output = try node.shell(
            #"""
            set -e
            cd source
            chattr -R -f -i -a im || true
            rm a/fifo; mkdir a/fifo; echo now-a-directory > a/fifo/x
            rm -r e; echo now-a-file > e
            mv sp* renamed; mv a/b a/bb; rm hole; ln -s big hole
            cp -p z/again z/copy; mv z/copy z/again; ln d/third new-third
            echo more >> im/log; echo other > im/file; chattr +i im/file
            setfattr -x user.note big; setfacl -b a/hello; chmod 0640 a/old; chown 1:2 a/null
            rm z/sock; touch -d '1960-02-02' .; mkdir -p q/w/e/r; echo deep > q/w/e/r/t; chattr +i q/w
            """#)
        #expect(output == "")
        try node.sync(.final)
        try node.expectNoDifference()
        try node.shell("cd source; chattr -i q/w im/file; rm -r q im")
        try node.sync(.final)
        try node.expectNoDifference()
    }

    @Test("A name that is fenced off is neither sent nor touched nor counted")
    func hiddenNames() throws {
        let node = try TestNode()
        node.hiding = [Array("config.json".utf8)]
        try node.shell("echo s > source/config.json; echo t > target/config.json; echo f > source/file")
        let report = try node.sync()
        #expect(try #require(report.digest).files == 1)
        #expect(try node.shell("cat target/config.json") == "t\n")
        #expect(try node.shell("stat -c %y target") == node.shell("stat -c %y source"))
        try node.expectNoDifference("--exclude=/config.json")
    }
}
