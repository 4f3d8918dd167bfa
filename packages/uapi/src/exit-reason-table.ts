/** The exit reasons of `KVM_RUN` that the headers define: the table. [KVM-API] §5. */

import { type NumberRow, parseRows } from './number-table.ts'

/**
 * Every exit reason by number. Those of Linux 6.12, and the newer ones of arm64; without a sentence it belongs to another
 * architecture.
 *
 * @see [KVM-API] §5
 */
export const exitReasonRows: readonly NumberRow[] = /* @__PURE__ */ parseRows(
  'KVM_EXIT_',
  `
UNKNOWN 0 - hardware exit for a reason KVM does not know
EXCEPTION 1
IO 2
HYPERCALL 3 - a hypercall that the filter forwards
DEBUG 4 - single step, breakpoint or watchpoint
HLT 5
MMIO 6 - an access where no slot is
IRQ_WINDOW_OPEN 7
SHUTDOWN 8
FAIL_ENTRY 9 - the vCPU could not be entered
INTR 10 - a signal or an immediate exit
SET_TPR 11
TPR_ACCESS 12
S390_SIEIC 13
S390_RESET 14
DCR 15
NMI 16
INTERNAL_ERROR 17 - KVM itself failed
OSI 18
PAPR_HCALL 19
S390_UCONTROL 20
WATCHDOG 21
S390_TSCH 22
EPR 23
SYSTEM_EVENT 24 - power off, reset, crash, suspend, wake-up
S390_STSI 25
IOAPIC_EOI 26
HYPERV 27
ARM_NISV 28 - an access whose syndrome does not describe it
X86_RDMSR 29
X86_WRMSR 30
DIRTY_RING_FULL 31 - the dirty ring is to be harvested
AP_RESET_HOLD 32
X86_BUS_LOCK 33
XEN 34
RISCV_SBI 35
RISCV_CSR 36
NOTIFY 37
LOONGARCH_IOCSR 38
MEMORY_FAULT 39 6.8 goes with EFAULT or EHWPOISON
ARM_SEA 41 6.19 a synchronous external abort that the host cannot handle
ARM_LDST64B 42 7.0 a 64-byte load or store where no slot is
`,
)

const otherMembers: Readonly<Record<string, string>> = {
  UNKNOWN: 'hw',
  EXCEPTION: 'ex',
  INTERNAL_ERROR: 'internal',
  ARM_LDST64B: 'arm_nisv',
  LOONGARCH_IOCSR: 'iocsr_io',
  S390_RESET: 's390_reset_flags',
  IOAPIC_EOI: 'eoi',
  X86_RDMSR: 'msr',
  X86_WRMSR: 'msr',
}

/**
 * Member of the union in `kvm_run` that an exit reason fills in, by the reason's header name: most have the same name.
 * Whether there is such a member is for the layout to say.
 *
 * @see [KVM-API] §5
 */
export function exitMember(name: string): string {
  const short = name.replace('KVM_EXIT_', '')
  return otherMembers[short] ?? short.toLowerCase()
}
