/** Conversions between floating-point formats, integers and fixed point, and rounding. [ARM] A1.5. */

import { FPRounding, fpConvertAux, fpFixedAux, fpRoundIntAux, roundByFpcr } from '../../fp/index.ts'
import type { Operand } from '../../isa/dsl.ts'
import type { Bits, FpFormat, Rounding, Width } from '../../isa/ops.ts'
import { fastConvert, fastFromFixed, fastRoundInt, fastToFixed } from '../fp-fast/conversions.ts'
import type { Node } from '../node.ts'
import { FloatingPointBuilder } from './floating-point.ts'
import { asBits, nodeOf, typeOf } from './opaque.ts'

const roundings = {
  tieeven: FPRounding.TIEEVEN,
  posinf: FPRounding.POSINF,
  neginf: FPRounding.NEGINF,
  zero: FPRounding.ZERO,
  tieaway: FPRounding.TIEAWAY,
  cur: roundByFpcr,
} as const

/** Rounds, converts and estimates. */
export abstract class ConversionBuilder extends FloatingPointBuilder {
  private aux(word: number): Node {
    return this.constant(BigInt(word), 'i32')
  }
  fpRoundInt(format: FpFormat, a: Bits, rounding: Rounding, exact: boolean): Bits {
    return asBits(
      this.softFloat(
        'FPRoundInt',
        format,
        [nodeOf(a)],
        this.fpType(format),
        this.aux(fpRoundIntAux(roundings[rounding], exact)),
        fastRoundInt(format, nodeOf(a), rounding, exact),
      ),
    )
  }
  private fixedAux(
    w: Width,
    signed: boolean,
    rounding: Rounding,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number,
  ): Node {
    const aux = (n: number): number => fpFixedAux(roundings[rounding], !signed, w, n)
    return fbits === 0 ? this.aux(aux(0)) : this.derived((v) => aux(fbitsOf(v)), [fbits], 32)
  }
  /** The number of fraction bits in an aux word; absent where an instruction has none. */
  private fractionBits(aux: Node, fbits: Operand | 0): Node | undefined {
    return fbits === 0 ? undefined : this.binary('shr_u', aux, this.constant(11n, 'i32'))
  }
  fpToFixed(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    rounding: Rounding,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number = (v) => v,
  ): Bits {
    const aux = this.fixedAux(w, signed, rounding, fbits, fbitsOf)
    return asBits(
      this.softFloat(
        'FPToFixed',
        format,
        [nodeOf(a)],
        typeOf(w),
        aux,
        fastToFixed(format, w, signed, nodeOf(a), rounding, this.fractionBits(aux, fbits)),
      ),
    )
  }
  fixedToFp(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number = (v) => v,
  ): Bits {
    const aux = this.fixedAux(w, signed, 'cur', fbits, fbitsOf)
    return asBits(
      this.softFloat(
        'FixedToFP',
        format,
        [nodeOf(a)],
        this.fpType(format),
        aux,
        fastFromFixed(format, w, signed, nodeOf(a), this.fractionBits(aux, fbits)),
      ),
    )
  }
  fpConvert(from: FpFormat, to: FpFormat, a: Bits): Bits {
    return asBits(
      this.softFloat(
        'FPConvert',
        from,
        [nodeOf(a)],
        this.fpType(to),
        this.aux(fpConvertAux(roundByFpcr, to)),
        fastConvert(from, to, nodeOf(a)),
      ),
    )
  }
  fpConvertOdd(a: Bits): Bits {
    return asBits(this.softFloat('FPConvert', 64, [nodeOf(a)], 'i32', this.aux(fpConvertAux(FPRounding.ODD, 32))))
  }
  unsignedEstimate(op: 'urecpe' | 'ursqrte', a: Bits): Bits {
    return asBits(
      this.softFloat(op === 'urecpe' ? 'UnsignedRecipEstimate' : 'UnsignedRSqrtEstimate', 32, [nodeOf(a)], 'i32'),
    )
  }
}
