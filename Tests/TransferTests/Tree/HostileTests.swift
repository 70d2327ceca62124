internal import CLinux
internal import Foundation
internal import Glibc
internal import SystemPackage
internal import Testing
internal import TestSupport
internal import Transfer

@Suite("Nothing that a container or the other side does leads out of the tree")
struct HostileTests {
    @Test("Directories swapped for symlinks under both sides: what they point at is never read or written")
    func symlinkRace() throws {
        let node = try TestNode()
        try node.shell(
            """
            mkdir -p canary; for i in 1 2 3 4 5; do echo CANARY-SECRET > canary/$i; done
            touch -d 2001-01-01 canary canary/*
            mkdir source/d; for i in 1 2 3 4 5; do echo inside > source/d/$i; done
            """)
        let before = try node.shell("stat -c '%n %y %z %a %u %h' canary canary/*")
        try node.shell(
            """
            swap() { mv -T d hold; ln -sT $canary d; rm -f d; mv -T hold d; }
            canary=$PWD/canary
            # Only at the source is d surely a directory after that: the receiver makes a link of it too.
            (cd source; while [ ! -e ../stop ] && [ -e ../source ]; do
            swap; ln -sf $canary/1 d/1; rm -rf d/2; echo inside > d/2; done) \
                >/dev/null 2>&1 & echo $! > pids
            (cd target; while [ ! -e ../stop ] && [ -e ../target ]; do swap; done) >/dev/null 2>&1 & echo $! >> pids
            """)
        for _ in 0..<25 { _ = try node.pass(.warm) }
        try node.shell("touch stop; for p in $(cat pids); do while kill -0 $p 2>/dev/null; do sleep 0.01; done; done")
        #expect(try node.shell("stat -c '%n %y %z %a %u %h' canary canary/*") == before)
        #expect(try node.shell("cat canary/* | sort -u") == "CANARY-SECRET\n")
        #expect(try node.shell("grep -rl CANARY-SECRET target --exclude-dir=nothing | xargs -r stat -c %F") == "")
    }

    @Test("Random changes of a recorded stream end in an error or in a tree, and touch nothing outside")
    func fuzz() throws {
        let node = try TestNode()
        try node.shell(OddTreeTests.build)
        try node.shell(
            "rm source/big source/hole* source/preallocated source/zeros; mkdir canary; echo keep > canary/file")
        try node.shell("chattr -i source/im; rm -f source/im/big2")
        let stream = try Self.record(node)
        let before = try node.shell(
            "find . -path ./target -prune -o -path './state-*' -prune -o -printf '%p %m %U %s %T@ %C@\\n'")
        var generator = SeededGenerator(seed: 42)
        var completed = 0
        for round in 0..<300 {
            var bytes = round % 2 == 0 ? stream : try Self.unpacked(stream)
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + at % 5))
                default: bytes[at] = UInt8(ascii: "/")
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: node.folder + "/state-a/mutant"))
            let input = try FileDescriptor.open(node.folder + "/state-a/mutant", .readOnly)
            let output = try FileDescriptor.open("/dev/null", .writeOnly)
            do throws(TransferError) {
                _ = try node.receiver().receive(input: input, output: output)
                completed += 1
            } catch { #expect(!error.description.isEmpty) }
            try input.close()
            try output.close()
        }
        #expect(completed < 300)
        let after = try node.shell(
            "find . -path ./target -prune -o -path './state-*' -prune -o -printf '%p %m %U %s %T@ %C@\\n'")
        #expect(before == after)
        try node.shell("chattr -R -i -a target")
        try node.sync(.final)
        try node.expectNoDifference()
    }

    /// The bytes that a sender writes in a first pass.
    static func record(_ node: TestNode) throws -> [UInt8] {
        let (here, near) = try TestNode.socketPair()
        let (far, there) = try TestNode.socketPair()
        let receiver = Companion(node.receiver(), there)
        receiver.start()
        let done = DispatchSemaphore(value: 0)
        let log = try FileDescriptor.open(
            node.folder + "/state-a/recording", .readWrite, options: [.create], permissions: .ownerReadWrite)
        Thread.detachNewThread {
            while Self.copy(near, far, log) {}
            shutdown(far.rawValue, Int32(SHUT_WR))
            done.signal()
        }
        Thread.detachNewThread {
            while Self.copy(far, near, nil) {}
            done.signal()
        }
        _ = try node.sender().send(.warm, input: here, output: here)
        _ = try receiver.wait().get()
        try here.close()
        done.wait()
        done.wait()
        for descriptor in [near, far, log] { try descriptor.close() }
        return Array(try Data(contentsOf: URL(fileURLWithPath: node.folder + "/state-a/recording")))
    }

    private static func copy(_ from: FileDescriptor, _ to: FileDescriptor, _ log: FileDescriptor?) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        guard let count = try? buffer.withUnsafeMutableBytes({ try from.read(into: $0) }), count > 0 else {
            return false
        }
        _ = try? to.writeAll(buffer[..<count])
        _ = try? log?.writeAll(buffer[..<count])
        return true
    }

    /// The same stream with every compressed frame (kind 1) as a raw one (kind 2), so that changes hit messages.
    static func unpacked(_ stream: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        var at = 0
        while at + 9 <= stream.count {
            let lengths = stream[(at + 1)..<(at + 9)].map { Int($0) }
            let raw = lengths[0] | lengths[1] << 8 | lengths[2] << 16
            let stored = lengths[4] | lengths[5] << 8 | lengths[6] << 16
            let payload = Array(stream[(at + 9)..<(at + 9 + stored)])
            var plain = payload
            if stream[at] == 1 {
                plain = [UInt8](repeating: 0, count: raw)
                let isWhole = plain.withUnsafeMutableBytes { target in
                    payload.withUnsafeBytes { LZ4Block.decompress($0, into: target) }
                }
                #expect(isWhole)
            }
            let size = (0..<4).map { UInt8(truncatingIfNeeded: plain.count >> ($0 * 8)) }
            output += [stream[at] == 1 ? 2 : stream[at]] + size + size + plain
            at += 9 + stored
        }
        return output
    }
}
