internal import CLinux
internal import Foundation
internal import Glibc
internal import HandOver
internal import Host
internal import Synchronization
internal import SystemPackage
internal import Testing
internal import TestSupport
internal import Transfer

@Suite("A pass that fails says where and why, on both sides, and the next goes on from there")
struct FailureTests {
    @Test(
        "A full disk at the receiver reaches the sender with path and errno",
        .enabled(if: TestUser.isRoot, "needs root"), .timeLimit(.minutes(5)))
    func diskFull() throws {
        let node = try TestNode()
        try node.shell("mount -t tmpfs -o size=8m none target; mkdir source/d; head -c 64M /dev/urandom > source/d/big")
        let (sent, received) = try node.pass(.warm)
        for (result, isPeers) in [(sent, true), (received, false)] {
            #expect(throws: TransferError.self) { try result.get() }
            guard case .failure(let error) = result else { continue }
            #expect(error.code == Errno.noSpace.rawValue)
            #expect(error.path == Array("d/big".utf8))
            #expect(error.isPeers == isPeers)
        }
        try node.shell("rm source/d/big; echo small > source/d/small")
        try node.sync(.final)
        try node.expectNoDifference()
    }

    @Test("A broken connection is an error on both sides, and what had arrived is not sent again")
    func resume() throws {
        let node = try TestNode()
        try node.shell("cd source; for i in $(seq 100 199); do head -c 500000 /dev/urandom > $i; done")
        let control = TransferControl(bytesPerSecond: 40_000_000)
        let watcher = Thread {
            while control.wireBytes < 20_000_000 { usleep(1000) }
            control.cancel()
        }
        watcher.start()
        let start = ContinuousClock.now
        let (sent, received) = try node.pass(.warm, node.sender(control))
        // What had gone by then took as long as the bandwidth allows.
        #expect(start.duration(to: .now) > .milliseconds(400))
        #expect(throws: TransferError.self) { try sent.get() }
        #expect(throws: TransferError.self) { try received.get() }
        if case .failure(let error) = sent { #expect(error.reason == .cancelled) }
        let before = try #require(UInt64(try node.shell("cd target; ls | wc -l").trimmingCharacters(in: .newlines)))
        #expect(before > 20)
        let report = try node.sync(.final)
        #expect(report.filesSent <= 100 - before + 1)
        try node.expectNoDifference()
    }

    @Test("A receiver that goes away, and a sender that goes away, end the pass", .timeLimit(.minutes(5)))
    func goneAway() throws {
        let node = try TestNode()
        try node.shell("head -c 20M /dev/urandom > source/file")
        let (here, there) = try TestNode.socketPair()
        try there.close()
        #expect(throws: TransferError.self) { try node.sender().send(.warm, input: here, output: here) }
        try here.close()
        let (left, right) = try TestNode.socketPair()
        try left.close()
        #expect(throws: TransferError.self) { try node.receiver().receive(input: right, output: right) }
        try right.close()
    }

    @Test(
        "Something mounted inside the tree is an error that names it, on either side",
        .enabled(if: TestUser.isRoot, "needs root"))
    func mountInside() throws {
        let node = try TestNode()
        try node.shell("mkdir -p source/a/mnt target/a; mount -t tmpfs none source/a/mnt")
        let (sent, _) = try node.pass(.warm)
        try node.shell("umount source/a/mnt")
        guard case .failure(let error) = sent else { throw Errno.ioError }
        #expect(error.reason == .mountPoint)
        #expect(error.path == Array("a/mnt".utf8))
    }

    @Test("A file that grows while a final pass reads it is an error; a warm pass takes it", .timeLimit(.minutes(5)))
    func sourceChanges() throws {
        let node = try TestNode()
        try node.shell("head -c 30M /dev/urandom > source/file")
        try node.shell(
            "(while [ ! -e stop ] && [ -e source ]; do echo x >> source/file; done) >/dev/null 2>&1 & echo $! > writer")
        try node.sync(.warm)
        let (sent, _) = try node.pass(.final)
        try node.shell("touch stop; while kill -0 $(cat writer) 2>/dev/null; do sleep 0.01; done")
        guard case .failure(let error) = sent else { throw Errno.ioError }
        #expect(error.reason == .sourceChanged)
        try node.sync(.final)
        try node.expectNoDifference()
    }

    @Test("Removal takes locked files, deep trees and odd names, and follows nothing")
    func removal() throws {
        let node = try TestNode()
        try node.shell(
            #"""
            mkdir -p canary target/x/y; echo keep > canary/file
            python3 -c "
            import os
            os.chdir('target/x')
            for i in range(1500): os.mkdir('d' * 10); os.chdir('d' * 10)
            open('leaf','w').close()"
            ln -s ../../canary target/x/y/link; echo i > target/x/y/i; chattr +i target/x/y/i target/x/y
            touch "target/x/$(printf '\xff\n')"
            """#)
        let root = try RootedDirectory(path: Array(node.target.utf8))
        try TreeRemoval.removeTree(below: root, named: Array("x".utf8))
        try TreeRemoval.removeTree(below: root, named: Array("x".utf8))
        #expect(try node.shell("ls -A target; cat canary/file") == "keep\n")
    }

    @Test("A tree deeper than any path and than the descriptors of a process arrives")
    func deep() throws {
        let node = try TestNode()
        try node.shell(
            """
            python3 -c "
            import os
            os.chdir('source')
            for i in range(1200): os.mkdir('d' * 10); os.chdir('d' * 10)
            open('leaf','w').write('deep')"
            """)
        let report = try node.sync(.final)
        #expect(try #require(report.digest).directories == 1201)
        #expect(try #require(report.digest).files == 1)
        #expect(try node.sync(.final).tree.contentBytes == 0)
        for path in [node.source, node.target] {
            let parent = try RootedDirectory(path: Array(node.folder.utf8))
            try TreeRemoval.removeTree(below: parent, named: Array(path.utf8.suffix(6)))
        }
    }
}
