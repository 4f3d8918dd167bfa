/** The word by which generated code tells the memory slow path what it is about to do. */

/** Bits 7:0 of an access kind are its size in bytes (1..128); the rest are these flags. */
export const ACCESS = {
  sizeMask: 0xff,
  /** The access writes (for an atomic read-modify-write: both). */
  store: 0x100,
  /** Checked as if executed at EL0 (LDTR, STTR). */
  unprivileged: 0x200,
  /** Exclusive, atomic, acquire or release: any misalignment is an Alignment fault, whatever SCTLR_EL1.A says. */
  aligned: 0x400,
  /** The base register is SP: SP alignment is checked first where SCTLR_EL1.SA (SA0) says so. */
  spBase: 0x800,
  /** DC ZVA: faults like a store; on Device memory it is an Alignment fault. */
  zva: 0x1000,
  /** An atomic read-modify-write: permission faults for the read are reported as writes where the store would also fault. */
  atomic: 0x2000,
  /** Bits 31:16: the ISV half of the syndrome's ISS (ISS[24:14] << 16), 0 when the instruction gives no valid syndrome. */
  issShift: 16,
} as const
