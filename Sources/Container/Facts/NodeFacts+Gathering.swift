internal import CLinux
internal import Glibc
package import HandOver
internal import Host
internal import SystemPackage

extension NodeFacts {
    /// What this server is.
    ///
    /// - Parameters:
    ///   - programs: of this server.
    ///   - criu: whether CRIU is asked for its version.
    package init(of programs: HostPrograms, criu: Bool) {
        self.init(
            architecture: Architecture.ofThisServer, processorFeatures: Processor.features(),
            technologies: Technologies.ofThisServer(), controlGroupVersion: ControlGroups.versionNumber,
            clock: Self.now, criuVersion: criu ? try? programs.criu.version() : nil)
    }

    /// Nanoseconds since 1970 by this server's clock.
    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What programs are compiled for.
package enum Architecture {
    /// As uname(2) says it.
    package static let ofThisServer: String = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()

    /// The kernel's release, which names the directory of its modules.
    static let kernelRelease: String = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()
}

/// What a process can find out that the processor has.
enum Processor {
    static func features() -> Set<String> {
        // A processor has some thousand bytes there, and a large server has a thousand of them.
        guard let bytes = try? DurableFile.read("/proc/cpuinfo", limit: 64 << 20) else { return [] }
        return self.features(in: String(decoding: bytes, as: UTF8.self))
    }

    /// Of the first processor: Linux starts no other that lacks one of its features. See: 'man 5 proc_cpuinfo'.
    static func features(in text: String) -> Set<String> {
        let line = text.split(separator: "\n").first { line in
            ["flags", "Features"].contains { line.hasPrefix($0) }
        }
        guard let words = line?.split(separator: ":", maxSplits: 1).last else { return [] }
        return Set(words.split(separator: " ").map(String.init)).subtracting(self.unseen)
    }

    /// What the kernel adds for people, and what only a kernel or a hypervisor can use. Two kernels on the same
    /// processor differ in these. See: arch/x86/include/asm/cpufeatures.h, words 3, 7, 8, 11, 15 and 21.
    private static let unseen = Set(
        """
        up rep_good constant_tsc nonstop_tsc nonstop_tsc_s3 arch_perfmon pebs bts nopl xtopology tsc_reliable \
        cpuid extd_apicid amd_dcm aperfmperf rapl acc_power tsc_known_freq ring3mwait cpuid_fault cpb epb cat_l3 \
        cat_l2 cdp_l3 cdp_l2 cqm cqm_llc cqm_occup_llc cqm_mbm_total cqm_mbm_local rdt_a mba smba bmec \
        tpr_shadow flexpriority ept ept_ad vpid vnmi hw_pstate proc_feedback pti ssbd ibrs ibpb stibp \
        ibrs_enhanced vmmcall hypervisor svm npt lbrv svm_lock nrip_save tsc_scale vmcb_clean flushbyasid \
        decodeassists pausefilter pfthreshold avic v_vmsave_vmload vgif v_spec_ctrl x2avic vmx smx est tm tm2 \
        dtherm ida arat pln pts hwp hwp_notify hwp_act_window hwp_epp hwp_pkg_req hfi intel_pt md_clear \
        flush_l1d arch_capabilities spec_ctrl pconfig pcid invpcid invpcid_single smep smap umip la57 de pse mce \
        mtrr pge mca pse36 pat acpi dts ss ht pbe monitor ds_cpl xtpr pdcm dca x2apic tsc_deadline_timer \
        tsc_adjust apic msr vme sep pae nx cmp_legacy cr8_legacy extapic osvw ibs skinit wdt lwp perfctr_core \
        perfctr_nb perfctr_llc ptsc bpext topoext mwaitx overflow_recov succor smca sme sev sev_es sev_snp \
        debug_swap split_lock_detect bus_lock_detect user_shstk ibt tsxldtrk arch_lbr amd_lbr_v2 \
        amd_lbr_pmc_freeze perfmon_v2 xsaves
        """.split { " \n".contains($0) }.map(String.init))
}

extension Room {
    /// What is free on the file system that a path is on, or will be on: that of the first folder above it that exists.
    package init(freeAt path: String) throws {
        var place = path
        while !DurableFile.exists(place), place.count > 1 { place = DurableFile.parent(of: place) }
        var status = statvfs()
        guard statvfs(place, &status) == 0 else { throw FileError("look at the file system of", place, errno: errno) }
        self.init(
            bytes: UInt64(status.f_bavail) * UInt64(status.f_frsize),
            // btrfs and others make inodes as they go.
            inodes: status.f_files == 0 ? nil : UInt64(status.f_favail))
    }

    /// What a tree has on disk. A file with several names counts for each with its part; a hole does not count.
    ///
    /// The tree is hostile: nothing is followed, no mount is crossed. What vanishes meanwhile does not count.
    ///
    /// - Parameter path: absolute; a tree that is not there has nothing.
    /// - Throws: `Errno` for a directory that cannot be read.
    package init(usedBy path: String) throws {
        self.init(bytes: 0, inodes: 0)
        guard DurableFile.exists(path) else { return }
        let root = try RootedDirectory(path: Array(path.utf8))
        var (bytes, inodes) = (0.0, 0.0)
        var pending: [[UInt8]] = [[]]
        while let place = pending.popLast() {
            guard let directory = try Self.open(place, below: root) else { continue }
            try directory.forEachName { name in
                guard let status = try? directory.status(of: name) else { return }
                let links = max(1, Double(status.isDirectory ? 1 : status.raw.links))
                bytes += Double(status.raw.blocks) * 512 / links
                inodes += 1 / links
                if status.isDirectory { pending.append(place.isEmpty ? name : place + [UInt8(ascii: "/")] + name) }
            }
        }
        self.init(bytes: UInt64(bytes.rounded(.up)), inodes: UInt64(inodes.rounded(.up)))
    }

    /// `nil` for one that is gone, or is a mount of something else.
    private static func open(
        _ place: [UInt8], below root: borrowing RootedDirectory
    ) throws -> RootedDirectory? {
        do {
            return try root.directory(at: place)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .improperLink, .tooManySymbolicLinkLevels].contains(error) {
                return nil
            }
            throw error
        }
    }
}

/// The memory of this server.
package enum ServerMemory {
    /// In bytes: what programs may have without swapping. See: 'man 5 proc_meminfo', MemAvailable.
    package static func available() throws -> UInt64 {
        let text = String(decoding: try DurableFile.read("/proc/meminfo", limit: 1 << 20), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) }) else {
            throw FileError("find MemAvailable in", "/proc/meminfo", errno: EINVAL)
        }
        return kibibytes << 10
    }
}
