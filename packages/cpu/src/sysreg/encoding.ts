/** Names of system registers and system instructions as numbers. [ARM] C5.1.2. */

/** Packs op0, op1, CRn, CRm, op2 into the 16-bit number that MRS, MSR and KVM's register ids use. */
export function sysRegEncoding(op0: number, op1: number, CRn: number, CRm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (CRn << 7) | (CRm << 3) | op2
}

/** Formats an encoding as the assembler's generic name, such as `S3_0_C1_C0_0`. */
export function formatSysReg(encoding: number): string {
  const field = (shift: number, mask: number) => (encoding >> shift) & mask
  return `S${field(14, 3)}_${field(11, 7)}_C${field(7, 15)}_C${field(3, 15)}_${field(0, 7)}`
}
