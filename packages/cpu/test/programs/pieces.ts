/** Pieces of programs in a fixed form: system registers, loops around exclusives, and whatever faults. */

import type { Random } from '../isa/random.ts'
import type { Composer } from './composer.ts'
import { BASE_VA, CALL, CODE_VA, DATA_VA, EL1_ALIAS, SUPERVISOR_VA } from './layout.ts'

/** What a piece is written into. */
export interface PieceContext {
  readonly composer: Composer
  readonly random: Random
  readonly isEl1: boolean
  readonly hasTimer: boolean
}

type Piece = (context: PieceContext, free: () => string) => string | undefined

/** `movz` and `movk` of an address behind {@link BASE_VA}. */
function address(register: string, va: number): string {
  const offset = va - BASE_VA
  return `movz ${register}, #${BASE_VA / 2 ** 32}, lsl #32; movk ${register}, #${offset >>> 16}, lsl #16; movk ${register}, #${offset & 0xffff}`
}

/** Those that fault nowhere, or where the program is at EL1. */
const QUIET: readonly Piece[] = [
  (_, free) => `and x22, ${free()}, #0xff8`,
  ({ random }) => `add x${random.pick([26, 27, 29])}, x28, #${16 * random.below(32)}`,
  ({ random }) => `sub x${random.pick([26, 27, 29])}, x28, #${random.below(64)}`,
  (_, free) => `msr tpidr_el0, ${free()}; mrs ${free()}, tpidr_el0`,
  (_, free) => `and x23, ${free()}, #0x7c00000; msr fpcr, x23`,
  (_, free) => `and x23, ${free()}, #0x1f; msr fpsr, x23`,
  (_, free) => `and x23, ${free()}, #0xf0000000; msr nzcv, x23`,
  ({ random }, free) => `mrs ${free()}, ${random.pick(['nzcv', 'fpcr', 'fpsr', 'tpidr_el0', 'dczid_el0'])}`,
  ({ random }) =>
    random.pick(['mrs xzr, cntvct_el0', 'sevl; wfe', 'sev', 'yield', 'clrex', 'isb', 'dmb ish', 'dsb sy']),
  ({ random }, free) =>
    `and x23, x28, #0xfffffffffffffff0; ${random.pick(['ldapr', 'ldar', 'ldxr'])} ${free()}, [x23]; clrex`,
  ({ random }, free) =>
    `and x23, x28, #0xfffffffffffffff8; ldapr${random.pick(['b', 'h'])} ${free().replace('x', 'w')}, [x23]`,
  ({ random }, free) =>
    `mov x23, ${free()}; ${random.pick(['stp', 'stnp'])} x23, ${free()}, [x28]; ldp ${free()}, x24, [x28]`,
  ({ random }) => `svc #${random.below(64)}`,
  ({ hasTimer }) => (hasTimer ? 'wfi' : undefined),
]

/** Those at EL1. */
const PRIVILEGED: readonly Piece[] = [
  ({ random }) => `msr pan, #${random.below(2)}`,
  ({ random }) => `msr spsel, #${random.below(2)}`,
  ({ random }) => `msr daifset, #${random.below(16)}`,
  ({ random }) => `msr daifclr, #${random.below(16)}`,
  ({ random, hasTimer }, free) =>
    `mrs ${free()}, ${random.pick(hasTimer ? ['currentel', 'spsel', 'daif'] : ['currentel', 'spsel', 'daif', 'esr_el1', 'elr_el1', 'sp_el0'])}`,
  ({ random }) => random.pick(['tlbi vmalle1', 'tlbi vmalle1is', 'ic iallu', 'ic ialluis; isb']),
  () => `lsr x23, x28, #12; tlbi vaae1, x23; dsb ish`,
  ({ hasTimer }) => (hasTimer ? 'mov x23, #1; msr icc_sgi1r_el1, x23; isb' : undefined),
  ({ random }) => `msr cpacr_el1, ${random.pick(['xzr', 'xzr', 'x28'])}; isb`,
]

/** Those that fault, or do so at one exception level. */
const FAULTS: readonly Piece[] = [
  ({ random }) => `udf #${random.below(65536)}`,
  ({ random }) => `brk #${random.below(0xfff0)}`,
  ({ random }) => `hlt #${random.below(0xf000)}`,
  ({ random }) => random.pick(['dcps1', 'dcps2 #5', 'drps', '.inst 0x4d', '.inst 0xffffffff']),
  ({ random }) => `svc #${random.below(0x200)}`,
  () => `svc #${CALL.switchEl}`,
  () => `svc #${CALL.disableFp}`,
  // UNDEFINED at EL0, harmless at EL1, where a program may be by then.
  (_, free) => `mrs ${free()}, contextidr_el1`,
  (_, free) => `mov w23, ${free().replace('x', 'w')}; msr contextidr_el1, x23`,
  ({ random }) => `msr daifset, #${random.below(16)}`,
  ({ random }, free) => `${address('x23', access(random))}; ldr ${free()}, [x23]`,
  ({ random }, free) => `${address('x23', access(random))}; str ${free()}, [x23]`,
  ({ random }, free) => `${address('x23', access(random))}; ldrb ${free().replace('x', 'w')}, [x23], #1`,
  ({ random }) => `${address('x23', access(random))}; ldr q${random.below(32)}, [x23]`,
  ({ random }, free) => `${address('x23', access(random))}; ldxr ${free()}, [x23]; clrex`,
  ({ random }, free) => `${address('x23', access(random))}; ldtr ${free()}, [x23]; sttr ${free()}, [x23]`,
  ({ random }) => `${address('x23', access(random))}; dc zva, x23`,
  ({ random }) => `${address('x23', access(random))}; prfm pldl1keep, [x23]`,
  ({ isEl1, random }, free) =>
    isEl1 ? undefined : `${address('x23', SUPERVISOR_VA + 0x1000 * random.below(7))}; ldr ${free()}, [x23]`,
  ({ random }) => `${address('x23', CODE_VA + random.pick([1, 2, 3, 0xffe, 0x1001]))}; br x23`,
  ({ random }) => `${address('x23', fetch(random))}; ${random.pick(['br', 'blr', 'ret'])} x23`,
]

/** Pages that are mapped in all ways, and their borders. */
function access(random: Random): number {
  const page = DATA_VA + 4096 * (random.below(9) - 1)
  return page + (random.oneIn(3) ? -random.below(16) : 8 * random.below(512) + (random.oneIn(4) ? random.below(8) : 0))
}

/** Where no code is. */
function fetch(random: Random): number {
  return (
    4 * random.below(1024) +
    random.pick([DATA_VA, CODE_VA - 4096, CODE_VA + 3 * 4096, SUPERVISOR_VA + 0x8000, CODE_VA + EL1_ALIAS + 3 * 4096])
  )
}

function write(context: PieceContext, pieces: readonly Piece[]): void {
  const free = (): string => `x${context.random.below(20)}`
  while (true) {
    const text = context.random.pick(pieces)(context, free)
    if (text === undefined) continue
    context.composer.lines(text)
    return
  }
}

/** Something that needs more than one instruction, or what rows chosen by chance never are. */
export function quietPiece(context: PieceContext): void {
  const { random, isEl1 } = context
  if (random.oneIn(5)) atomicLoop(context)
  else write(context, isEl1 && random.oneIn(2) ? PRIVILEGED : QUIET)
}

/** A fault that the supervisor logs and repairs. */
export function faultPiece(context: PieceContext): void {
  const { isEl1, hasTimer, random } = context
  if (isEl1 && !hasTimer && random.oneIn(8)) exceptionReturn(context)
  else write(context, FAULTS)
}

/** Adds to memory by exclusives until no interrupt comes between. */
function atomicLoop({ composer, random }: PieceContext): void {
  const ordered = random.oneIn(2)
  composer.lines(`and x23, x28, #0xfffffffffffffff8`)
  const again = composer.here()
  const status = random.below(20)
  // Another register than the status: how often it fails is not the same everywhere.
  const chosen = random.below(22)
  const addend = chosen === status ? 20 : chosen
  const [load, store] = ordered ? ['ldaxr', 'stlxr'] : ['ldxr', 'stxr']
  composer.lines(`${load} x24, [x23]; add x24, x24, x${addend}; ${store} w${status}, x24, [x23]`)
  composer.cb(true, 0, status, again)
}

/** ERET to the next instruction, with flags from a register, sometimes to a mode that does not exist. */
function exceptionReturn({ composer, random }: PieceContext): void {
  const next = composer.label()
  const mode = random.oneIn(3) ? random.pick([1, 2, 3, 6, 7, 8, 9, 12, 13]) : random.pick([4, 5])
  // QEMU leaves PAN alone where the return is illegal; [ARM] reinstates it from SPSR_EL1, here as 0.
  composer.lines('msr pan, #0')
  composer.lines(`and x23, x${random.below(22)}, #0xf0000000; movk x23, #${0x3c0 | mode}; msr spsr_el1, x23`)
  composer.adr(24, next)
  composer.lines('msr elr_el1, x24; eret')
  composer.place(next)
}
