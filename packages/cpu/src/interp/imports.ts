/** The functions of the run-time that generated code calls, with their signatures: one list for every generated module. */

import { pmullCode, pmullSignature } from '../ir/crypto/pmull.ts'
import { probeCode, probeSignature } from '../ir/emit/probe.ts'
import type { ModuleBuilder, Signature } from '../wasm/encoder.ts'

const sig = (params: number, results: 0 | 1): Signature => ({
  params: Array.from({ length: params }, () => 'i32' as const),
  results: results ? ['i32'] : [],
})

/** Import name → signature. Meanings are given in `system.ts` and `runtime.ts`. */
export const IMPORTS: Readonly<Record<string, Signature>> = {
  access: sig(3, 1),
  storeDone: sig(0, 0),
  refill: sig(3, 1),
  execLookup: sig(0, 1),
  decode: sig(1, 0),
  hot: sig(1, 0),
  exception: sig(2, 1),
  eret: sig(0, 1),
  mrs: sig(1, 1),
  msr: sig(1, 1),
  sys: sig(1, 1),
  msrImm: sig(2, 1),
  wfx: sig(1, 1),
  takePending: sig(0, 1),
  fp: sig(3, 0),
}

/** The functions themselves. */
export type RuntimeFunctions = Readonly<Record<keyof typeof IMPORTS, (...args: number[]) => unknown>>

/** Declares all imports in a module; gives name → function index. Functions that modules have of their own are added when first asked for. */
export function declareImports(module: ModuleBuilder, cpuBase: number): (name: string) => number {
  const indices = new Map(
    Object.entries(IMPORTS).map(([name, signature]) => [name, module.importFunction(name, signature)]),
  )
  const own: Readonly<Record<string, () => number>> = {
    pmull64: () => module.addFunction(pmullSignature, pmullCode(cpuBase)),
    probe: () => module.addFunction(probeSignature, probeCode(cpuBase, indices.get('refill') as number)),
  }
  return (name) => {
    const index = indices.get(name) ?? own[name]?.()
    if (index === undefined) throw new RangeError(`no run-time function ${name}`)
    indices.set(name, index)
    return index
  }
}
