/** Loads and stores of structures of one to four elements: LD1 to LD4, ST1 to ST4, LD1R to LD4R. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Bits, ESize, Ops, Size, Vec } from '../ops.ts'
import { formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'
import { bySizeQ, type ElementIndex, vlist } from './vector-syntax.ts'

const RnSP = gpr('Rn', 64, true)

/** The step of post-indexing: the bytes transferred (Rm = 31), or a register. */
function step(bytesOf: (f: FieldValues) => number): Syntax {
  return {
    pattern: `(?:x(?:[12]?[0-9]|30)|${NUMBER})`,
    format: (f) => (f.Rm === 31 ? formatNumber(bytesOf(f)) : `x${f.Rm}`),
    parse: (text, known) => {
      if (text.startsWith('x')) return { Rm: Number(text.slice(1)) }
      return Number(parseNumber(text)) === bytesOf(known) ? { Rm: 31 } : undefined
    },
  }
}

function writeBack(m: Ops, Rn: Operand, Rm: Operand, address: Bits, bytes: number): void {
  const amount = m.select(m.deriveBool((n) => n === 31, Rm), m.const(bytes, 64), m.readX(Rm, 64))
  m.writeXSP(Rn, 64, m.add(address, amount))
}

// ── multiple structures ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Sixteen bytes at `positions` of the bytes of one to four vectors in a row; any byte where there is no position. */
function gather(m: Ops, sources: readonly Vec[], positions: readonly (number | undefined)[]): Vec {
  const whole = sources.find((_, k) => positions.every((p, i) => p === undefined || p === k * 16 + i))
  if (whole) return whole
  const [a, b = a, c, d] = sources as readonly [Vec, Vec?, Vec?, Vec?]
  const low = m.vshuffle(a, b as Vec, positions.map((p = 0) => (p < 32 ? p : 0)))
  if (!c) return low
  if (!d) return m.vshuffle(low, c, positions.map((p = 0, i) => (p < 32 ? i : p - 16)))
  const high = m.vshuffle(c, d, positions.map((p = 0) => (p < 32 ? 0 : p - 32)))
  return m.vshuffle(low, high, positions.map((p = 0, i) => (p < 32 ? i : 16 + i)))
}

/** Vectors that hold the bytes of a range, in order. */
function loadBytes(m: Ops, address: Bits, bytes: number, Rn: Operand): Vec[] {
  const range = m.access(address, bytes, 'load', { base: Rn })
  const vectors: Vec[] = []
  for (let at = 0; at < bytes; at += 16) {
    vectors.push(bytes - at >= 16 ? m.loadVecAt(range, at) : m.fromLanes(64, [m.loadAt(range, at, 8)]))
  }
  return vectors
}

function storeBytes(m: Ops, address: Bits, bytes: number, Rn: Operand, vectors: readonly Vec[]): void {
  const range = m.access(address, bytes, 'store', { base: Rn })
  vectors.forEach((v, i) => {
    if (bytes - i * 16 >= 16) m.storeVecAt(range, i * 16, v)
    else m.storeAt(range, i * 16, 8, m.laneU(v, 64, 0))
  })
}

const BYTES = Array.from({ length: 16 }, (_, i) => i)

interface Multiple {
  /** Registers. */
  readonly count: number
  /** Elements of a structure: 1, or `count`. */
  readonly selem: number
}

/**
 * Byte `b` of register `r` lies at this offset in memory, by structures of `selem` elements; with one element the registers lie
 * one after the other.
 */
function offsetOf(r: number, b: number, esizeBytes: number, { selem }: Multiple, registerBytes: number): number {
  if (selem === 1) return r * registerBytes + b
  return (Math.floor(b / esizeBytes) * selem + r) * esizeBytes + (b % esizeBytes)
}

function transferMultiple(m: Ops, t: { readonly address: Bits; readonly Q: number; readonly size: number; readonly L: number; readonly Rn: Operand; readonly Rt: Operand }, shape: Multiple): void {
  const registerBytes = t.Q ? 16 : 8
  const bytes = registerBytes * shape.count
  const registers = Array.from({ length: shape.count }, (_, r) => r)
  const place = (r: number, b: number): number => offsetOf(r, b, 1 << t.size, shape, registerBytes)
  if (t.L) {
    const memory = loadBytes(m, t.address, bytes, t.Rn)
    for (const r of registers) {
      m.writeV(t.Rt, t.Q ? 128 : 64, gather(m, memory, BYTES.map((b) => (b < registerBytes ? place(r, b) : undefined))), r)
    }
    return
  }
  const from: number[] = []
  for (const r of registers) for (let b = 0; b < registerBytes; b++) from[place(r, b)] = r * 16 + b
  const sources = registers.map((r) => m.readV(t.Rt, r))
  const vectors: Vec[] = []
  for (let at = 0; at < bytes; at += 16) vectors.push(gather(m, sources, BYTES.map((b) => from[at + b])))
  storeBytes(m, t.address, bytes, t.Rn, vectors)
}

interface MultipleRow extends Multiple {
  readonly L: number
  readonly opcode: number
  readonly see: string
  readonly asm: string
}

const multipleRows: Readonly<Record<string, MultipleRow>> = {
  ST4_multiple:   { L: 0, opcode: 0,  count: 4, selem: 4, see: 'C7.2 ST4 (multiple structures)', asm: 'st4 {list}, [{RnSP}]' },
  ST1_multiple_4: { L: 0, opcode: 2,  count: 4, selem: 1, see: 'C7.2 ST1 (multiple structures)', asm: 'st1 {list}, [{RnSP}]' },
  ST3_multiple:   { L: 0, opcode: 4,  count: 3, selem: 3, see: 'C7.2 ST3 (multiple structures)', asm: 'st3 {list}, [{RnSP}]' },
  ST1_multiple_3: { L: 0, opcode: 6,  count: 3, selem: 1, see: 'C7.2 ST1 (multiple structures)', asm: 'st1 {list}, [{RnSP}]' },
  ST1_multiple_1: { L: 0, opcode: 7,  count: 1, selem: 1, see: 'C7.2 ST1 (multiple structures)', asm: 'st1 {list}, [{RnSP}]' },
  ST2_multiple:   { L: 0, opcode: 8,  count: 2, selem: 2, see: 'C7.2 ST2 (multiple structures)', asm: 'st2 {list}, [{RnSP}]' },
  ST1_multiple_2: { L: 0, opcode: 10, count: 2, selem: 1, see: 'C7.2 ST1 (multiple structures)', asm: 'st1 {list}, [{RnSP}]' },
  LD4_multiple:   { L: 1, opcode: 0,  count: 4, selem: 4, see: 'C7.2 LD4 (multiple structures)', asm: 'ld4 {list}, [{RnSP}]' },
  LD1_multiple_4: { L: 1, opcode: 2,  count: 4, selem: 1, see: 'C7.2 LD1 (multiple structures)', asm: 'ld1 {list}, [{RnSP}]' },
  LD3_multiple:   { L: 1, opcode: 4,  count: 3, selem: 3, see: 'C7.2 LD3 (multiple structures)', asm: 'ld3 {list}, [{RnSP}]' },
  LD1_multiple_3: { L: 1, opcode: 6,  count: 3, selem: 1, see: 'C7.2 LD1 (multiple structures)', asm: 'ld1 {list}, [{RnSP}]' },
  LD1_multiple_1: { L: 1, opcode: 7,  count: 1, selem: 1, see: 'C7.2 LD1 (multiple structures)', asm: 'ld1 {list}, [{RnSP}]' },
  LD2_multiple:   { L: 1, opcode: 8,  count: 2, selem: 2, see: 'C7.2 LD2 (multiple structures)', asm: 'ld2 {list}, [{RnSP}]' },
  LD1_multiple_2: { L: 1, opcode: 10, count: 2, selem: 1, see: 'C7.2 LD1 (multiple structures)', asm: 'ld1 {list}, [{RnSP}]' },
}

/** One doubleword a register makes no structure of several elements. */
const isShapeAllocated = (selem: number) => (f: FieldValues): boolean => selem === 1 || f.size !== 3 || f.Q === 1

/** The rows of one element count, with or without post-indexing. */
function multiple(isPost: boolean, isStructured: boolean): Record<string, MultipleRow & { readonly where: (f: FieldValues) => boolean; readonly syntax: Record<string, Syntax> }> {
  const rows = Object.entries(multipleRows).filter(([, row]) => row.selem > 1 === isStructured)
  return Object.fromEntries(
    rows.map(([name, row]) => [
      isPost ? `${name}_post` : name,
      {
        ...row,
        asm: isPost ? `${row.asm}, {step}` : row.asm,
        where: isShapeAllocated(row.selem),
        syntax: { list: vlist('Rt', row.count, bySizeQ), RnSP, step: step((f) => row.count * (f.Q ? 16 : 8)) },
      },
    ]),
  )
}

const multipleStructures: readonly Insn[] = [
  // LD1 and ST1 move whole registers, so the element size says nothing.
  ...encoding<'0 Q 001100 0 L 000000 opcode:4 size!:2 Rn:5 Rt:5', Multiple>(
    'Load/store multiple structures',
    '0 Q 001100 0 L 000000 opcode:4 size!:2 Rn:5 Rt:5',
    multiple(false, false),
    (m, { Q, L, Rn, Rt }, row) => transferMultiple(m, { address: m.readXSP(Rn, 64), Q, size: 0, L, Rn, Rt }, row),
    { fp: true },
  ),
  ...encoding<'0 Q 001100 0 L 000000 opcode:4 size:2 Rn:5 Rt:5', Multiple>(
    'Load/store multiple structures',
    '0 Q 001100 0 L 000000 opcode:4 size:2 Rn:5 Rt:5',
    multiple(false, true),
    (m, { Q, L, size, Rn, Rt }, row) => transferMultiple(m, { address: m.readXSP(Rn, 64), Q, size, L, Rn, Rt }, row),
    { fp: true },
  ),
  ...encoding<'0 Q 001100 1 L 0 Rm:5 opcode:4 size!:2 Rn:5 Rt:5', Multiple>(
    'Load/store multiple structures (post-indexed)',
    '0 Q 001100 1 L 0 Rm:5 opcode:4 size!:2 Rn:5 Rt:5',
    multiple(true, false),
    (m, { Q, L, Rm, Rn, Rt }, row) => {
      const address = m.readXSP(Rn, 64)
      transferMultiple(m, { address, Q, size: 0, L, Rn, Rt }, row)
      writeBack(m, Rn, Rm, address, row.count * (Q ? 16 : 8))
    },
    { fp: true },
  ),
  ...encoding<'0 Q 001100 1 L 0 Rm:5 opcode:4 size:2 Rn:5 Rt:5', Multiple>(
    'Load/store multiple structures (post-indexed)',
    '0 Q 001100 1 L 0 Rm:5 opcode:4 size:2 Rn:5 Rt:5',
    multiple(true, true),
    (m, { Q, L, Rm, size, Rn, Rt }, row) => {
      const address = m.readXSP(Rn, 64)
      transferMultiple(m, { address, Q, size, L, Rn, Rt }, row)
      writeBack(m, Rn, Rm, address, row.count * (Q ? 16 : 8))
    },
    { fp: true },
  ),
]

// ── single structures ────────────────────────────────────────────────────────────────────────────────────────────────────

interface Single {
  readonly esize: ESize
  readonly selem: number
}

/** Where the element's index lies: Q above S above the bits of `size` that the element size leaves. */
const lanePlaces: Readonly<Record<ESize, ElementIndex>> = {
  8: {
    index: (f) => ((f.Q as number) << 3) | ((f.S as number) << 2) | (f.size as number),
    fields: (i) => (i < 16 ? { Q: i >> 3, S: (i >> 2) & 1, size: i & 3 } : undefined),
  },
  16: {
    index: (f) => ((f.Q as number) << 2) | ((f.S as number) << 1) | ((f.size as number) >> 1),
    fields: (i) => (i < 8 ? { Q: i >> 2, S: (i >> 1) & 1, size: (i & 1) << 1 } : undefined),
  },
  32: {
    index: (f) => ((f.Q as number) << 1) | (f.S as number),
    fields: (i) => (i < 4 ? { Q: i >> 1, S: i & 1, size: 0 } : undefined),
  },
  64: {
    index: (f) => f.Q as number,
    fields: (i) => (i < 2 ? { Q: i, S: 0, size: 1 } : undefined),
  },
}
const isPlaceAllocated: Readonly<Record<ESize, (f: FieldValues) => boolean>> = {
  8: () => true,
  16: (f) => f.size === undefined || (f.size & 1) === 0,
  32: (f) => f.size === undefined || f.size === 0,
  64: (f) => (f.size === undefined || f.size === 1) && (f.S === undefined || f.S === 0),
}

function transferSingle(m: Ops, t: { readonly address: Bits; readonly L: number; readonly Rn: Operand; readonly Rt: Operand }, { esize, selem }: Single, places: readonly [Operand, Operand, Operand]): void {
  const bytes = (esize / 8) as Size
  const lane = laneOf[esize]
  const range = m.access(t.address, bytes * selem, t.L ? 'load' : 'store', { base: t.Rn })
  for (let s = 0; s < selem; s++) {
    const register = m.readV(t.Rt, s)
    if (t.L) m.writeV(t.Rt, 128, m.setLaneAt(register, esize, m.loadAt(range, s * bytes, bytes), lane, ...places), s)
    else m.storeAt(range, s * bytes, bytes, m.laneAt(register, esize, lane, ...places))
  }
}

/** One function a size, so that the registers of a structure share the decoded index. */
const laneOf: Readonly<Record<ESize, (Q: number, S: number, size: number) => number>> = {
  8: (Q, S, size) => lanePlaces[8].index({ Q, S, size }),
  16: (Q, S, size) => lanePlaces[16].index({ Q, S, size }),
  32: (Q, S, size) => lanePlaces[32].index({ Q, S, size }),
  64: (Q, S, size) => lanePlaces[64].index({ Q, S, size }),
}

const LETTER: Readonly<Record<ESize, string>> = { 8: 'b', 16: 'h', 32: 's', 64: 'd' }

type SingleRow = Single & {
  readonly L: number
  readonly r: number
  readonly scale: number
  readonly o: number
  readonly see: string
  readonly asm: string
  readonly where: (f: FieldValues) => boolean
  readonly syntax: Record<string, Syntax>
}

/** Rows of all directions, structure sizes and element sizes. */
function single(isPost: boolean): Record<string, SingleRow> {
  const rows: Record<string, SingleRow> = {}
  for (const L of [0, 1]) {
    for (const selem of [1, 2, 3, 4]) {
      for (const esize of [8, 16, 32, 64] as const) {
        const mnemonic = `${L ? 'LD' : 'ST'}${selem}`
        // The size field of a doubleword is 1, of a word 0: both have the scale 2.
        rows[`${mnemonic}_single_${esize}${isPost ? '_post' : ''}`] = {
          L,
          r: (selem - 1) & 1,
          o: (selem - 1) >> 1,
          scale: esize === 64 ? 2 : Math.log2(esize / 8),
          esize,
          selem,
          where: isPlaceAllocated[esize],
          see: `C7.2 ${mnemonic} (single structure)`,
          asm: `${mnemonic.toLowerCase()} {list}, [{RnSP}]${isPost ? ', {step}' : ''}`,
          syntax: { list: vlist('Rt', selem, LETTER[esize], lanePlaces[esize]), RnSP, step: step(() => (selem * esize) / 8) },
        }
      }
    }
  }
  return rows
}

const singleStructures: readonly Insn[] = [
  ...encoding<'0 Q! 001101 0 L r 00000 scale:2 o S! size!:2 Rn:5 Rt:5', Single>(
    'Load/store single structure',
    '0 Q! 001101 0 L r 00000 scale:2 o S! size!:2 Rn:5 Rt:5',
    single(false),
    (m, { Q, L, S, size, Rn, Rt }, row) => transferSingle(m, { address: m.readXSP(Rn, 64), L, Rn, Rt }, row, [Q, S, size]),
    { fp: true },
  ),
  ...encoding<'0 Q! 001101 1 L r Rm:5 scale:2 o S! size!:2 Rn:5 Rt:5', Single>(
    'Load/store single structure (post-indexed)',
    '0 Q! 001101 1 L r Rm:5 scale:2 o S! size!:2 Rn:5 Rt:5',
    single(true),
    (m, { Q, L, Rm, S, size, Rn, Rt }, row) => {
      const address = m.readXSP(Rn, 64)
      transferSingle(m, { address, L, Rn, Rt }, row, [Q, S, size])
      writeBack(m, Rn, Rm, address, (row.selem * row.esize) / 8)
    },
    { fp: true },
  ),
]

// ── single structures to all lanes ───────────────────────────────────────────────────────────────────────────────────────

interface Replicate {
  readonly selem: number
}

function transferReplicate(m: Ops, t: { readonly address: Bits; readonly Q: number; readonly size: number; readonly Rn: Operand; readonly Rt: Operand }, { selem }: Replicate): void {
  const bytes = (1 << t.size) as Size
  const range = m.access(t.address, bytes * selem, 'load', { base: t.Rn })
  for (let s = 0; s < selem; s++) {
    m.writeV(t.Rt, t.Q ? 128 : 64, m.splat(m.loadAt(range, s * bytes, bytes), (bytes * 8) as ESize), s)
  }
}

type ReplicateRow = Replicate & { readonly r: number; readonly o: number; readonly see: string; readonly asm: string; readonly syntax: Record<string, Syntax> }

function replicate(isPost: boolean): Record<string, ReplicateRow> {
  return Object.fromEntries(
    [1, 2, 3, 4].map((selem) => {
      const mnemonic = `LD${selem}R`
      return [
        `${mnemonic}${isPost ? '_post' : ''}`,
        {
          r: (selem - 1) & 1,
          o: (selem - 1) >> 1,
          selem,
          see: `C7.2 ${mnemonic}`,
          asm: `${mnemonic.toLowerCase()} {list}, [{RnSP}]${isPost ? ', {step}' : ''}`,
          syntax: { list: vlist('Rt', selem, bySizeQ), RnSP, step: step((f) => selem << (f.size as number)) },
        },
      ]
    }),
  )
}

const replicatedStructures: readonly Insn[] = [
  ...encoding<'0 Q 001101 0 1 r 00000 11 o 0 size:2 Rn:5 Rt:5', Replicate>(
    'Load/store single structure',
    '0 Q 001101 0 1 r 00000 11 o 0 size:2 Rn:5 Rt:5',
    replicate(false),
    (m, { Q, size, Rn, Rt }, row) => transferReplicate(m, { address: m.readXSP(Rn, 64), Q, size, Rn, Rt }, row),
    { fp: true },
  ),
  ...encoding<'0 Q 001101 1 1 r Rm:5 11 o 0 size:2 Rn:5 Rt:5', Replicate>(
    'Load/store single structure (post-indexed)',
    '0 Q 001101 1 1 r Rm:5 11 o 0 size:2 Rn:5 Rt:5',
    replicate(true),
    (m, { Q, size, Rm, Rn, Rt }, row) => {
      const address = m.readXSP(Rn, 64)
      transferReplicate(m, { address, Q, size, Rn, Rt }, row)
      writeBack(m, Rn, Rm, address, row.selem << size)
    },
    { fp: true },
  ),
]

export const ldstStructures: readonly Insn[] = [...multipleStructures, ...singleStructures, ...replicatedStructures]
