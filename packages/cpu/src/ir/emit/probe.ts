/** The function by which translated code looks for one access that its inline check did not find. */

import { ACCESS } from '../../access-kind.ts'
import { TLB_PLACE_MASK, TLB_SET_BYTES } from '../../state.ts'
import { Code, type Signature } from '../../wasm/encoder.ts'

/** `(address, TLB pair's place in the vCPU block, access) → host address or 0`, see {@link probeAccess}. */
export const probeSignature: Signature = { params: ['i64', 'i32', 'i32'], results: ['i32'] }

/** What the function is told of an access: its size in bytes, with flags as in `ACCESS`. */
export function probeAccess(bytes: number, isStore: boolean, isUnprivileged: boolean): number {
  return bytes | (isStore ? ACCESS.store : 0) | (isUnprivileged ? ACCESS.unprivileged : 0)
}

/** Looks into the TLB, then asks the run-time to fill it. With 0 the access is the interpreter's. */
export function probeCode(cpuBase: number, refill: number): Code {
  const [address, tlb, access] = [0, 1, 2]
  const c = new Code(3)
  const entry = c.newLocal('i32')
  c.get(address)
  c.op('i32.wrap_i64')
  c.i32(8)
  c.op('i32.shr_u')
  c.i32(TLB_PLACE_MASK)
  c.op('i32.and')
  c.get(tlb)
  c.op('i32.add')
  c.get(access)
  c.i32(ACCESS.store)
  c.op('i32.and')
  c.i32(Math.log2(TLB_SET_BYTES / ACCESS.store))
  c.op('i32.shl')
  c.op('i32.add')
  c.tee(entry)
  c.mem('i64.load', cpuBase)
  c.get(address)
  c.get(access)
  c.i32(ACCESS.sizeMask)
  c.op('i32.and')
  c.op('i64.extend_i32_u')
  c.op('i64.add')
  c.i64(1n)
  c.op('i64.sub')
  c.i64(-4096n)
  c.op('i64.and')
  c.op('i64.eq')
  c.block('if', 'i32')
  c.get(entry)
  c.mem('i32.load', cpuBase + 8)
  c.get(address)
  c.op('i32.wrap_i64')
  c.op('i32.add')
  c.else()
  c.get(address)
  c.op('i32.wrap_i64')
  c.get(address)
  c.i64(32n)
  c.op('i64.shr_u')
  c.op('i32.wrap_i64')
  c.get(access)
  c.call(refill)
  c.end()
  return c
}
