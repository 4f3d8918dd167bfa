/** Predecoded records: 32 bytes an instruction, a handler number and the operands that its handler reads. */

import type { RegisterRole } from '../ir/node.ts'
import type { NamedOperand } from '../ir/record.ts'
import type { FieldValues } from '../isa/dsl.ts'
import { X_SINK, X_SP, X_ZERO } from '../state.ts'

/** Bytes of one record; bytes 0..1 hold the handler number. */
export const RECORD_BYTES = 32
/** Records of one page: one an instruction, and a last one that leaves the page. */
const RECORDS_PER_PAGE = 1025
/** Function-table index of the first region. */
export const FIRST_REGION = 4096
/** What a region's function returns: it was left for LAYOUT.pc. */
export const LEFT_NORMALLY = 0
/** The run-time has written LAYOUT.pc, and perhaps the regime or LAYOUT.attention. */
export const LEFT_BY_RUNTIME = 1
/** The interpreter is to carry out the instruction at LAYOUT.pc, then go on. */
export const LEFT_FOR_INTERPRETER = 2
/** Handler numbers with a meaning of their own. */
export const HANDLER_UNDECODED = 0
export const HANDLER_PAGE_END = 1
/** A translated region begins here; see {@link SIDE_BYTES}. */
export const HANDLER_COMPILED = 2
/** Behind an instruction that is executed alone: the next one is fetched anew. */
export const HANDLER_SINGLE_END = 3
export const HANDLER_FIRST = 4
/**
 * Beside each record: u16 executions as a branch target, u16 handler number behind `HANDLER_COMPILED`, u32 index of the region's function in
 * the table. They follow the records of a page.
 */
export const SIDE_BYTES = 8
/** Offset of the first of them from the page's records. */
export const SIDE_OFFSET: number = RECORDS_PER_PAGE * RECORD_BYTES
/** Behind those: u32 physical page. */
export const PAGE_OFFSET: number = SIDE_OFFSET + SIDE_BYTES * 1024
/**
 * u32 epoch, which changes whenever the page becomes code or ceases to be it. It is odd while the page is code, when no store to it goes
 * unnoticed: who reads the page between two looks at the same odd epoch, on whatever thread, has read what the vCPU executes.
 */
export const EPOCH_OFFSET: number = PAGE_OFFSET + 4

/** One operand in a record. */
export interface Slot {
  readonly offset: number
  readonly bytes: 2 | 4 | 8
  /** Its value for an instruction's fields. */
  readonly value: (f: FieldValues) => number | bigint
}

/** More operands than a record holds: a row must be written with fewer. */
class RecordFullError extends Error {
  override readonly name = 'RecordFullError'
}

/** Hands out the slots of one handler's records. */
export class SlotPlan {
  readonly slots: Slot[] = []
  readonly #byKey = new Map<string, Slot>()
  /** A bit for each byte of a record; the first two hold the handler's number. */
  #taken = 0b11

  /** The slot of a key, made on first use; without a key always a new one. */
  slot(key: string | undefined, bytes: 2 | 4 | 8, value: (f: FieldValues) => number | bigint): Slot {
    const known = key === undefined ? undefined : this.#byKey.get(key)
    if (known) return known
    for (let offset = 0; offset + bytes <= RECORD_BYTES; offset += bytes) {
      const places = ((1 << bytes) - 1) << offset
      if (this.#taken & places) continue
      this.#taken |= places
      const slot = { offset, bytes, value }
      this.slots.push(slot)
      if (key !== undefined) this.#byKey.set(key, slot)
      return slot
    }
    throw new RecordFullError(`no room for ${bytes} bytes beside ${this.slots.length} operands`)
  }
}

/** Number of a register slot in the vCPU block for a use of an operand. */
export function registerIndex(value: number, role: RegisterRole, isWrite: boolean): number {
  const n = role === 'next' ? value + 1 : value
  if (n !== 31) return n
  if (role === 'sp') return X_SP
  return isWrite ? X_SINK : X_ZERO
}

/** Arguments of a decode-time function, from an instruction's fields. */
export function argumentsOf(operands: readonly NamedOperand[], f: FieldValues): number[] {
  return operands.map((o) => o.value ?? (f[o.name] as number))
}
