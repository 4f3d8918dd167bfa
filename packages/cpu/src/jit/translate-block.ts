/** Translates basic blocks of A64 code to WebAssembly functions, from the same rows that the interpreter is made of. */

import { type Decoder, fieldsOf } from '../decode/decoder.ts'
import { EXCEPTION } from '../exception/kind.ts'
import { declareImports } from '../interp/imports.ts'
import { emitInsn } from '../ir/emit.ts'
import { recordInsn } from '../ir/record.ts'
import type { Insn } from '../isa/dsl.ts'
import { LAYOUT } from '../state.ts'
import { Code, type MemoryType, ModuleBuilder } from '../wasm/encoder.ts'
import { BlockTarget, type RegistersRead } from './block-target.ts'

/** What to translate. */
export interface BlockSource {
  /** Address of the first instruction. */
  readonly pc: bigint
  /** Instruction words from there on; translation stops behind the first that ends a block, or before one that no row matches. */
  readonly words: readonly number[]
}

interface Decoded {
  readonly insn: Insn
  readonly word: number
}

function decodeBlock(source: BlockSource, decoder: Decoder): Decoded[] {
  const block: Decoded[] = []
  for (const word of source.words) {
    const insn = decoder.decode(word)
    if (!insn) break
    block.push({ insn, word })
    if (recordInsn(insn, fieldsOf(insn, word)).terminator.kind !== 'next') break
  }
  return block
}

function emitBlock(
  code: Code,
  index: (name: string) => number,
  cpuBase: number,
  source: BlockSource,
  block: readonly Decoded[],
  use: RegistersRead,
): void {
  const target = new BlockTarget(code, { index }, cpuBase, use)
  block.forEach(({ insn, word }, i) => {
    target.pc = source.pc + BigInt(i * 4)
    if (insn.isFp) {
      target.pushField(LAYOUT.fpDisabled, 'i32')
      code.block('if')
      target.syncPc(0)
      code.i32(EXCEPTION.fpTrap)
      code.i32(0)
      code.call(index('exception'))
      code.op('drop')
      target.redispatch()
      code.end()
    }
    const recorded = recordInsn(insn, fieldsOf(insn, word))
    // The run-time reads registers from the vCPU block and may change them.
    if (recorded.terminator.kind === 'system') target.flush()
    emitInsn(target, recorded)
  })
  target.pc = source.pc + BigInt(block.length * 4)
  target.leave(() => target.pushPc())
}

/** Adds a block's function to a module. */
function addBlock(
  module: ModuleBuilder,
  index: (name: string) => number,
  cpuBase: number,
  source: BlockSource,
  block: readonly Decoded[],
  name: string,
): void {
  const use: RegistersRead = new Set()
  emitBlock(new Code(0), index, cpuBase, source, block, use)
  const code = new Code(0)
  emitBlock(code, index, cpuBase, source, block, use)
  code.op('unreachable')
  module.addFunction({ params: [], results: ['i32'] }, code, name)
}

/**
 * A module of blocks; one module costs far less than many. Block i is exported as `b<i>() → 0 | 1`, and missing where its first word is not
 * allocated: 0 left normally, 1 left by way of the run-time (a fault, an exception). LAYOUT.pc holds where to go on, and all registers are
 * in the vCPU block.
 */
export function translateBlocks(
  sources: readonly BlockSource[],
  decoder: Decoder,
  cpuBase: number,
  memory: MemoryType,
): Uint8Array {
  const module = new ModuleBuilder(memory)
  const index = declareImports(module, cpuBase)
  sources.forEach((source, i) => {
    const block = decodeBlock(source, decoder)
    if (block.length > 0) addBlock(module, index, cpuBase, source, block, `b${i}`)
  })
  return module.encode()
}
