/** Names of system registers in assembly text, those of EL2, EL3 and later architecture versions included. [ARM] D19, C5.2. */
// biome-ignore-all format: the columns are the table

/** op0, op1, CRn, CRm, op2 → the number used by MRS and MSR. */
const at = (op0: number, op1: number, CRn: number, CRm: number, op2: number): number => (op0 << 14) | (op1 << 11) | (CRn << 7) | (CRm << 3) | op2

/** Encoding → name. */
const names = new Map<number, string>()

/** Consecutive op2, from `op2` on; an empty name skips one. */
function run(op0: number, op1: number, CRn: number, CRm: number, op2: number, list: string): void {
  list.split(' ').forEach((name, i) => {
    if (name !== '-') names.set(at(op0, op1, CRn, CRm, op2 + i), name)
  })
}
/** A family `name<n>suffix` whose n is op2, going on to the next CRm every eight. */
function family(count: number, op0: number, op1: number, CRn: number, CRm: number, name: string, suffix: string): void {
  for (let n = 0; n < count; n++) names.set(at(op0, op1, CRn, CRm + (n >> 3), n & 7), `${name}${n}${suffix}`)
}

// Debug.
for (let n = 0; n < 16; n++) run(2, 0, 0, n, 4, `dbgbvr${n}_el1 dbgbcr${n}_el1 dbgwvr${n}_el1 dbgwcr${n}_el1`)
run(2, 0, 0, 0,  2, 'osdtrrx_el1')
run(2, 0, 0, 2,  0, 'mdccint_el1 - mdscr_el1')
run(2, 0, 0, 3,  2, 'osdtrtx_el1')
run(2, 0, 0, 6,  2, 'oseccr_el1')
run(2, 0, 1, 0,  0, 'mdrar_el1 - - - oslar_el1')
run(2, 0, 1, 1,  4, 'oslsr_el1')
run(2, 0, 1, 3,  4, 'osdlr_el1')
run(2, 0, 1, 4,  4, 'dbgprcr_el1')
run(2, 0, 7, 8,  6, 'dbgclaimset_el1')
run(2, 0, 7, 9,  6, 'dbgclaimclr_el1')
run(2, 0, 7, 14, 6, 'dbgauthstatus_el1')
run(2, 3, 0, 1,  0, 'mdccsr_el0')
run(2, 3, 0, 4,  0, 'dbgdtr_el0')
run(2, 3, 0, 5,  0, 'dbgdtrrx_el0')
run(2, 4, 0, 7,  0, 'dbgvcr32_el2')

// EL1.
run(3, 0, 0, 0,   0, 'midr_el1 - - - - mpidr_el1 revidr_el1')
run(3, 0, 0, 1,   0, 'id_pfr0_el1 id_pfr1_el1 id_dfr0_el1 id_afr0_el1 id_mmfr0_el1 id_mmfr1_el1 id_mmfr2_el1 id_mmfr3_el1')
run(3, 0, 0, 2,   0, 'id_isar0_el1 id_isar1_el1 id_isar2_el1 id_isar3_el1 id_isar4_el1 id_isar5_el1 id_mmfr4_el1 id_isar6_el1')
run(3, 0, 0, 3,   0, 'mvfr0_el1 mvfr1_el1 mvfr2_el1 - id_pfr2_el1 id_dfr1_el1 id_mmfr5_el1')
run(3, 0, 0, 4,   0, 'id_aa64pfr0_el1 id_aa64pfr1_el1 - - id_aa64zfr0_el1 id_aa64smfr0_el1')
run(3, 0, 0, 5,   0, 'id_aa64dfr0_el1 id_aa64dfr1_el1 - - id_aa64afr0_el1 id_aa64afr1_el1')
run(3, 0, 0, 6,   0, 'id_aa64isar0_el1 id_aa64isar1_el1 id_aa64isar2_el1')
run(3, 0, 0, 7,   0, 'id_aa64mmfr0_el1 id_aa64mmfr1_el1 id_aa64mmfr2_el1')
run(3, 0, 1, 0,   0, 'sctlr_el1 actlr_el1 cpacr_el1 - - rgsr_el1 gcr_el1')
run(3, 0, 1, 2,   0, 'zcr_el1 trfcr_el1')
run(3, 0, 2, 0,   0, 'ttbr0_el1 ttbr1_el1 tcr_el1')
run(3, 0, 2, 1,   0, 'apiakeylo_el1 apiakeyhi_el1 apibkeylo_el1 apibkeyhi_el1')
run(3, 0, 2, 2,   0, 'apdakeylo_el1 apdakeyhi_el1 apdbkeylo_el1 apdbkeyhi_el1')
run(3, 0, 2, 3,   0, 'apgakeylo_el1 apgakeyhi_el1')
run(3, 0, 4, 0,   0, 'spsr_el1 elr_el1')
run(3, 0, 4, 1,   0, 'sp_el0')
run(3, 0, 4, 2,   0, 'spsel - currentel pan uao')
run(3, 0, 4, 6,   0, 'icc_pmr_el1')
run(3, 0, 5, 1,   0, 'afsr0_el1 afsr1_el1')
run(3, 0, 5, 2,   0, 'esr_el1')
run(3, 0, 5, 3,   0, 'erridr_el1 errselr_el1')
run(3, 0, 5, 4,   0, 'erxfr_el1 erxctlr_el1 erxstatus_el1 erxaddr_el1 erxpfgf_el1 erxpfgctl_el1 erxpfgcdn_el1')
run(3, 0, 5, 5,   0, 'erxmisc0_el1 erxmisc1_el1 erxmisc2_el1 erxmisc3_el1')
run(3, 0, 5, 6,   0, 'tfsr_el1 tfsre0_el1')
run(3, 0, 6, 0,   0, 'far_el1')
run(3, 0, 7, 4,   0, 'par_el1')
run(3, 0, 9, 9,   0, 'pmscr_el1 - pmsicr_el1 pmsirr_el1 pmsfcr_el1 pmsevfr_el1 pmslatfr_el1 pmsidr_el1')
run(3, 0, 9, 10,  0, 'pmblimitr_el1 pmbptr_el1 - pmbsr_el1 - - - pmbidr_el1')
run(3, 0, 9, 14,  1, 'pmintenset_el1 pmintenclr_el1 - - - pmmir_el1')
run(3, 0, 10, 2,  0, 'mair_el1')
run(3, 0, 10, 3,  0, 'amair_el1')
run(3, 0, 10, 4,  0, 'lorsa_el1 lorea_el1 lorn_el1 lorc_el1 mpamidr_el1 - - lorid_el1')
run(3, 0, 10, 5,  0, 'mpam1_el1 mpam0_el1')
run(3, 0, 12, 0,  0, 'vbar_el1 rvbar_el1 rmr_el1')
run(3, 0, 12, 1,  0, 'isr_el1 disr_el1')
run(3, 0, 12, 8,  0, 'icc_iar0_el1 icc_eoir0_el1 icc_hppir0_el1 icc_bpr0_el1 icc_ap0r0_el1 icc_ap0r1_el1 icc_ap0r2_el1 icc_ap0r3_el1')
run(3, 0, 12, 9,  0, 'icc_ap1r0_el1 icc_ap1r1_el1 icc_ap1r2_el1 icc_ap1r3_el1')
run(3, 0, 12, 11, 1, 'icc_dir_el1 - icc_rpr_el1 - icc_sgi1r_el1 icc_asgi1r_el1 icc_sgi0r_el1')
run(3, 0, 12, 12, 0, 'icc_iar1_el1 icc_eoir1_el1 icc_hppir1_el1 icc_bpr1_el1 icc_ctlr_el1 icc_sre_el1 icc_igrpen0_el1 icc_igrpen1_el1')
run(3, 0, 13, 0,  1, 'contextidr_el1 - - tpidr_el1 - - scxtnum_el1')
run(3, 0, 14, 1,  0, 'cntkctl_el1')
run(3, 1, 0, 0,   0, 'ccsidr_el1 clidr_el1 ccsidr2_el1 - gmid_el1 - - aidr_el1')
run(3, 2, 0, 0,   0, 'csselr_el1')

// EL0.
run(3, 3, 0, 0,   1, 'ctr_el0 - - - - - dczid_el0')
run(3, 3, 2, 4,   0, 'rndr rndrrs')
run(3, 3, 4, 2,   0, 'nzcv daif - - - dit ssbs tco')
run(3, 3, 4, 4,   0, 'fpcr fpsr')
run(3, 3, 4, 5,   0, 'dspsr_el0 dlr_el0')
run(3, 3, 9, 12,  0, 'pmcr_el0 pmcntenset_el0 pmcntenclr_el0 pmovsclr_el0 pmswinc_el0 pmselr_el0 pmceid0_el0 pmceid1_el0')
run(3, 3, 9, 13,  0, 'pmccntr_el0 pmxevtyper_el0 pmxevcntr_el0')
run(3, 3, 9, 14,  0, 'pmuserenr_el0 - - pmovsset_el0')
run(3, 3, 13, 0,  2, 'tpidr_el0 tpidrro_el0 - - - scxtnum_el0')
run(3, 3, 13, 2,  0, 'amcr_el0 amcfgr_el0 amcgcr_el0 amuserenr_el0 amcntenclr0_el0 amcntenset0_el0')
run(3, 3, 13, 3,  0, 'amcntenclr1_el0 amcntenset1_el0')
family(4,  3, 3, 13, 4,  'amevcntr0', '_el0')
family(4,  3, 3, 13, 6,  'amevtyper0', '_el0')
family(16, 3, 3, 13, 12, 'amevcntr1', '_el0')
family(16, 3, 3, 13, 14, 'amevtyper1', '_el0')
run(3, 3, 14, 0,  0, 'cntfrq_el0 cntpct_el0 cntvct_el0 - - cntpctss_el0 cntvctss_el0')
run(3, 3, 14, 2,  0, 'cntp_tval_el0 cntp_ctl_el0 cntp_cval_el0')
run(3, 3, 14, 3,  0, 'cntv_tval_el0 cntv_ctl_el0 cntv_cval_el0')
family(31, 3, 3, 14, 8,  'pmevcntr', '_el0')
family(31, 3, 3, 14, 12, 'pmevtyper', '_el0')
run(3, 3, 14, 15, 7, 'pmccfiltr_el0')

// EL2, and EL1 by the names that EL2 uses under VHE.
run(3, 4, 0, 0,   0, 'vpidr_el2 - - - - vmpidr_el2')
run(3, 4, 1, 0,   0, 'sctlr_el2 actlr_el2')
run(3, 4, 1, 1,   0, 'hcr_el2 mdcr_el2 cptr_el2 hstr_el2 hfgrtr_el2 hfgwtr_el2 hfgitr_el2 hacr_el2')
run(3, 4, 1, 2,   0, 'zcr_el2 trfcr_el2 hcrx_el2')
run(3, 4, 1, 3,   1, 'sder32_el2')
run(3, 4, 2, 0,   0, 'ttbr0_el2 ttbr1_el2 tcr_el2')
run(3, 4, 2, 1,   0, 'vttbr_el2 - vtcr_el2')
run(3, 4, 2, 2,   0, 'vncr_el2')
run(3, 4, 2, 6,   0, 'vsttbr_el2 - vstcr_el2')
run(3, 4, 3, 0,   0, 'dacr32_el2')
run(3, 4, 3, 1,   4, 'hdfgrtr_el2 hdfgwtr_el2 hafgrtr_el2')
run(3, 4, 4, 0,   0, 'spsr_el2 elr_el2')
run(3, 4, 4, 1,   0, 'sp_el1')
run(3, 4, 4, 3,   0, 'spsr_irq spsr_abt spsr_und spsr_fiq')
run(3, 4, 5, 0,   1, 'ifsr32_el2')
run(3, 4, 5, 1,   0, 'afsr0_el2 afsr1_el2')
run(3, 4, 5, 2,   0, 'esr_el2 - - vsesr_el2')
run(3, 4, 5, 3,   0, 'fpexc32_el2')
run(3, 4, 5, 6,   0, 'tfsr_el2')
run(3, 4, 6, 0,   0, 'far_el2 - - - hpfar_el2')
run(3, 4, 9, 9,   0, 'pmscr_el2')
run(3, 4, 10, 2,  0, 'mair_el2')
run(3, 4, 10, 3,  0, 'amair_el2')
run(3, 4, 10, 4,  0, 'mpamhcr_el2 mpamvpmv_el2')
run(3, 4, 10, 5,  0, 'mpam2_el2')
run(3, 4, 12, 0,  0, 'vbar_el2 rvbar_el2 rmr_el2')
run(3, 4, 12, 1,  1, 'vdisr_el2')
run(3, 4, 12, 8,  0, 'ich_ap0r0_el2 ich_ap0r1_el2 ich_ap0r2_el2 ich_ap0r3_el2')
run(3, 4, 12, 9,  0, 'ich_ap1r0_el2 ich_ap1r1_el2 ich_ap1r2_el2 ich_ap1r3_el2 - icc_sre_el2')
run(3, 4, 12, 11, 0, 'ich_hcr_el2 ich_vtr_el2 ich_misr_el2 ich_eisr_el2 - ich_elrsr_el2 - ich_vmcr_el2')
family(16, 3, 4, 12, 12, 'ich_lr', '_el2')
run(3, 4, 13, 0,  1, 'contextidr_el2 tpidr_el2 - - - - scxtnum_el2')
run(3, 4, 14, 0,  3, 'cntvoff_el2')
run(3, 4, 14, 1,  0, 'cnthctl_el2')
run(3, 4, 14, 2,  0, 'cnthp_tval_el2 cnthp_ctl_el2 cnthp_cval_el2')
run(3, 4, 14, 3,  0, 'cnthv_tval_el2 cnthv_ctl_el2 cnthv_cval_el2')
run(3, 4, 14, 4,  0, 'cnthvs_tval_el2 cnthvs_ctl_el2 cnthvs_cval_el2')
run(3, 4, 14, 5,  0, 'cnthps_tval_el2 cnthps_ctl_el2 cnthps_cval_el2')
run(3, 5, 1, 0,   0, 'sctlr_el12 - cpacr_el12')
run(3, 5, 1, 2,   0, 'zcr_el12 trfcr_el12')
run(3, 5, 2, 0,   0, 'ttbr0_el12 ttbr1_el12 tcr_el12')
run(3, 5, 4, 0,   0, 'spsr_el12 elr_el12')
run(3, 5, 5, 1,   0, 'afsr0_el12 afsr1_el12')
run(3, 5, 5, 2,   0, 'esr_el12')
run(3, 5, 5, 6,   0, 'tfsr_el12')
run(3, 5, 6, 0,   0, 'far_el12')
run(3, 5, 9, 9,   0, 'pmscr_el12')
run(3, 5, 10, 2,  0, 'mair_el12')
run(3, 5, 10, 3,  0, 'amair_el12')
run(3, 5, 10, 5,  0, 'mpam1_el12')
run(3, 5, 12, 0,  0, 'vbar_el12')
run(3, 5, 13, 0,  1, 'contextidr_el12 - - - - - scxtnum_el12')
run(3, 5, 14, 1,  0, 'cntkctl_el12')
run(3, 5, 14, 2,  0, 'cntp_tval_el02 cntp_ctl_el02 cntp_cval_el02')
run(3, 5, 14, 3,  0, 'cntv_tval_el02 cntv_ctl_el02 cntv_cval_el02')

// EL3.
run(3, 6, 1, 0,   0, 'sctlr_el3 actlr_el3')
run(3, 6, 1, 1,   0, 'scr_el3 sder32_el3 cptr_el3')
run(3, 6, 1, 2,   0, 'zcr_el3')
run(3, 6, 1, 3,   1, 'mdcr_el3')
run(3, 6, 2, 0,   0, 'ttbr0_el3 - tcr_el3')
run(3, 6, 4, 0,   0, 'spsr_el3 elr_el3')
run(3, 6, 4, 1,   0, 'sp_el2')
run(3, 6, 5, 1,   0, 'afsr0_el3 afsr1_el3')
run(3, 6, 5, 2,   0, 'esr_el3')
run(3, 6, 5, 6,   0, 'tfsr_el3')
run(3, 6, 6, 0,   0, 'far_el3')
run(3, 6, 10, 2,  0, 'mair_el3')
run(3, 6, 10, 3,  0, 'amair_el3')
run(3, 6, 10, 5,  0, 'mpam3_el3')
run(3, 6, 12, 0,  0, 'vbar_el3 rvbar_el3 rmr_el3')
run(3, 6, 12, 12, 4, 'icc_ctlr_el3 icc_sre_el3 - icc_igrpen1_el3')
run(3, 6, 13, 0,  2, 'tpidr_el3 - - - - scxtnum_el3')
run(3, 7, 14, 2,  0, 'cntps_tval_el1 cntps_ctl_el1 cntps_cval_el1')

/** The one encoding that is another register when written. */
const DBGDTR_EL0 = at(2, 3, 0, 5, 0)
const encodings = new Map([...names].map(([encoding, name]) => [name, encoding]))
encodings.set('dbgdtrtx_el0', DBGDTR_EL0)

/** The name of a register as MRS or MSR writes it; `s3_0_c15_c2_0` where it has none. */
export function sysRegName(encoding: number, isWrite: boolean): string {
  if (isWrite && encoding === DBGDTR_EL0) return 'dbgdtrtx_el0'
  const known = names.get(encoding)
  if (known) return known
  const field = (shift: number, mask: number): number => (encoding >> shift) & mask
  return `s${field(14, 3)}_${field(11, 7)}_c${field(7, 15)}_c${field(3, 15)}_${field(0, 7)}`
}

/** The encoding that a name or generic name stands for. */
export function sysRegEncodingOf(name: string): number | undefined {
  const generic = /^s([23])_([0-7])_c(\d+)_c(\d+)_([0-7])$/.exec(name)
  if (!generic) return encodings.get(name)
  const [op0, op1, CRn, CRm, op2] = generic.slice(1).map(Number) as [number, number, number, number, number]
  return CRn < 16 && CRm < 16 ? at(op0, op1, CRn, CRm, op2) : undefined
}
