/** Scalars of C structures: their sizes, and their values as JavaScript has them. [AAPCS64] §5.1 */

/**
 * Scalar of a C structure. `u64`, `s64` and `u128` are bigints in JavaScript, all others numbers.
 *
 * @see [AAPCS64] §5.1
 */
export type ScalarType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64' | 'u128'

/** JavaScript type of a scalar. */
export type ScalarValue<S extends ScalarType> = S extends 'u64' | 's64' | 'u128' ? bigint : number

/** Bytes of each scalar. */
export const scalarBytes: Readonly<Record<ScalarType, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
  u128: 16,
}

/** Reads a scalar. */
export function readScalar(data: DataView, offset: number, scalar: ScalarType): number | bigint {
  switch (scalar) {
    case 'u8':
      return data.getUint8(offset)
    case 's8':
      return data.getInt8(offset)
    case 'u16':
      return data.getUint16(offset, true)
    case 's16':
      return data.getInt16(offset, true)
    case 'u32':
      return data.getUint32(offset, true)
    case 's32':
      return data.getInt32(offset, true)
    case 'u64':
      return data.getBigUint64(offset, true)
    case 's64':
      return data.getBigInt64(offset, true)
    case 'u128':
      return data.getBigUint64(offset, true) | (data.getBigUint64(offset + 8, true) << 64n)
  }
}

/** Writes a scalar: values wrap to its width, as an assignment in C does. */
export function writeScalar(data: DataView, offset: number, scalar: ScalarType, value: number | bigint): void {
  switch (scalarBytes[scalar]) {
    case 1:
      data.setUint8(offset, Number(value))
      break
    case 2:
      data.setUint16(offset, Number(value), true)
      break
    case 4:
      data.setUint32(offset, Number(value), true)
      break
    case 8:
      data.setBigUint64(offset, BigInt(value), true)
      break
    default:
      data.setBigUint64(offset, BigInt(value), true)
      data.setBigUint64(offset + 8, BigInt(value) >> 64n, true)
  }
}
