/** Reads the recordings in `fixtures/`; the layout is described in `tools/fp-oracle/oracle.c`. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { IntegerBits } from '../../src/fp/fixed.ts'
import type { FpFormat, FpOpName } from '../../src/fp/index.ts'

/** One instruction and width: its cases under every FPCR value tried. */
export interface RecordedGroup {
  readonly op: FpOpName
  readonly insn: string
  /** Width of the operands. */
  readonly format: number
  /** Width of the result. */
  readonly result: number
  readonly operands: number
  readonly cases: number
  readonly fpcr: readonly number[]
  readonly rounding?: number
  readonly exact?: boolean
  readonly signals?: boolean
  readonly unsigned?: boolean
  readonly bits?: IntegerBits
  readonly fbits?: number
  /** Operands of a case. */
  operandsOf(index: number): bigint[]
  /** Result and FPSR[7:0] of a case under `fpcr[setting]`. */
  answerOf(setting: number, index: number): { result: bigint; fpsr: number }
}

/** The widths that are floating-point formats. */
export function formatOf(width: number): FpFormat {
  if (width !== 16 && width !== 32 && width !== 64) throw new RangeError(`no floating-point format of ${width} bits`)
  return width
}

function readUnsigned(bytes: Uint8Array, offset: number, length: number): bigint {
  let value = 0n
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i]!)
  return value
}

/** All groups of a recording. */
export function readRecording(name: string): RecordedGroup[] {
  const bytes = gunzipSync(readFileSync(new URL(`fixtures/${name}.bin.gz`, import.meta.url)))
  const groups: RecordedGroup[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const length = Number(readUnsigned(bytes, offset, 4))
    const header = JSON.parse(bytes.toString('utf8', offset + 4, offset + 4 + length)) as RecordedGroup
    const { format, result, operands, cases, fpcr } = header
    const inputs = offset + 4 + length
    const answers = inputs + (cases * operands * format) / 8
    const stride = cases * (result / 8 + 1)
    groups.push({
      ...header,
      operandsOf: (index) =>
        Array.from({ length: operands }, (_, i) =>
          readUnsigned(bytes, inputs + ((index * operands + i) * format) / 8, format / 8),
        ),
      answerOf: (setting, index) => ({
        result: readUnsigned(bytes, answers + setting * stride + (index * result) / 8, result / 8),
        fpsr: bytes[answers + setting * stride + (cases * result) / 8 + index]!,
      }),
    })
    offset = answers + fpcr.length * stride
  }
  return groups
}
