internal import HostAccess

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
