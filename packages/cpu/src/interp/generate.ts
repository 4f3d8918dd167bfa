/** Generates the interpreter: one loop with the common handlers inside, and modules of further handlers as they are met. */

import { EXCEPTION } from '../exception/kind.ts'
import { emitInsn } from '../ir/emit.ts'
import { LAYOUT, TLB_PLACE_MASK } from '../state.ts'
import { Code, type MemoryType, ModuleBuilder } from '../wasm/encoder.ts'
import type { Handler } from './handlers.ts'
import { recordHandler } from './handlers.ts'
import { declareImports } from './imports.ts'
import { HANDLER_COMPILED, HANDLER_FIRST, LEFT_FOR_INTERPRETER, SIDE_OFFSET, SlotPlan } from './record-layout.ts'
import {
  FunctionTarget,
  type InterpreterOptions,
  LocalPool,
  type LoopLocals,
  LoopTarget,
  type RecordTarget,
} from './record-target.ts'

const HANDLER_TYPE = { params: ['i32'], results: ['i32'] } as const

/** An FP or SIMD instruction traps where CPACR_EL1 says so, before anything else. */
function emitFpCheck(target: RecordTarget, handler: Handler): void {
  if (!handler.insn.isFp) return
  const c = target.code
  target.pushField(LAYOUT.fpDisabled, 'i32')
  c.block('if')
  target.syncPc(0)
  c.i32(EXCEPTION.fpTrap)
  c.i32(0)
  c.call(target.helpers.index('exception'))
  c.op('drop')
  target.redispatch()
  c.end()
}

function emitHandler(target: RecordTarget, handler: Handler): void {
  const plan = new SlotPlan()
  handler.plan = plan
  target.plan = plan
  emitFpCheck(target, handler)
  emitInsn(target, recordHandler(handler))
}

/** Looks LAYOUT.pc up in the exec TLB, in `locals.pc`; leaves whether it is there, and the entry in a local. */
function pushExecHit(target: LoopTarget, locals: LoopLocals, entry: number): void {
  const c = target.code
  c.get(locals.pc)
  c.op('i32.wrap_i64')
  c.i32(8)
  c.op('i32.shr_u')
  c.i32(TLB_PLACE_MASK)
  c.op('i32.and')
  target.pushField(LAYOUT.execTlbBase, 'i32')
  c.op('i32.add')
  c.tee(entry)
  c.mem('i64.load', target.cpuBase)
  c.get(locals.pc)
  c.i64(-4093n)
  c.op('i64.and')
  c.op('i64.eq')
}

/** Leaves the address of the record for `locals.pc` among those of its page. */
function pushRecordOfPc(target: LoopTarget, locals: LoopLocals): void {
  const c = target.code
  target.pushField(LAYOUT.recPage, 'i32')
  c.get(locals.pc)
  c.op('i32.wrap_i64')
  c.i32(0xffc)
  c.op('i32.and')
  c.i32(3)
  c.op('i32.shl')
  c.op('i32.add')
}

/** Moves the loop into the page of an exec TLB entry. */
function enterPage(target: LoopTarget, locals: LoopLocals, entry: number): void {
  const c = target.code
  target.storeField(LAYOUT.recPage, 'i32.store', () => {
    c.get(entry)
    c.mem('i32.load', target.cpuBase + 8)
  })
  pushRecordOfPc(target, locals)
  c.set(locals.rec)
  target.storeField(LAYOUT.pageVa, 'i64.store', () => {
    c.get(locals.pc)
    c.i64(-4096n)
    c.op('i64.and')
  })
}

/**
 * Runs translated regions, one after another while each leaves for one that begins there. The last leaves for an address, by way of the
 * run-time, which may have changed anything, or for one instruction of this page that the interpreter is to carry out, whatever was
 * translated there.
 */
function emitRegionCall(target: LoopTarget, locals: LoopLocals, type: number, countsInstructions: boolean): void {
  const { jump, redispatch, dispatch } = target.labels
  const { handler } = locals
  const c = target.code
  const entry = c.newLocal('i32')
  const forInterpreter = c.block('block')
  const again = c.block('loop')
  target.pushField(LAYOUT.budget, 'i32')
  target.pushSide()
  c.mem('i32.load', SIDE_OFFSET + 4)
  c.callIndirect(type)
  target.pushField(LAYOUT.pc, 'i64')
  c.set(locals.pc)
  c.i32(LEFT_FOR_INTERPRETER)
  c.op('i32.eq')
  c.brIf(forInterpreter)
  target.pushField(LAYOUT.attention, 'i32')
  c.brIf(redispatch)
  // Regions that lead to each other spend budget here, and the jump stops when there is none left.
  target.pushField(LAYOUT.budget, 'i32')
  c.i32(1)
  c.op('i32.lt_s')
  c.brIf(jump)
  pushExecHit(target, locals, entry)
  c.op('i32.eqz')
  c.brIf(jump)
  enterPage(target, locals, entry)
  c.get(locals.rec)
  c.mem('i32.load16_u', 0)
  c.i32(HANDLER_COMPILED)
  c.op('i32.ne')
  c.brIf(jump)
  if (!countsInstructions) {
    target.pushSpent(1)
    c.op('drop')
  }
  c.br(again)
  c.end()
  c.op('unreachable')
  c.end()
  // In another page the usual way leads to the instruction, at worst through a region that begins with it.
  c.get(locals.pc)
  c.i64(-4096n)
  c.op('i64.and')
  target.pushField(LAYOUT.pageVa, 'i64')
  c.op('i64.ne')
  c.brIf(jump)
  pushRecordOfPc(target, locals)
  c.tee(locals.rec)
  c.mem('i32.load16_u', 0)
  c.tee(handler)
  c.i32(HANDLER_COMPILED)
  c.op('i32.eq')
  c.block('if')
  target.pushSide()
  c.mem('i32.load16_u', SIDE_OFFSET + 2)
  c.set(handler)
  c.end()
  c.br(dispatch)
}

/**
 * The interpreter module: export `run() → 1` runs from LAYOUT.pc until the budget is spent or LAYOUT.attention is set.
 * Handlers outside `hot` are called through the imported table, at index number - HANDLER_FIRST - hot.length.
 *
 * One loop with a `br_table` beat a tail call for each handler by 1.3 to 1.5 times on V8: a tail call sets up a frame and checks
 * stack, table bounds and signature.
 */
export function generateInterpreter(
  hot: readonly Handler[],
  cpuBase: number,
  memory: MemoryType,
  { hotThreshold, countsInstructions = false }: InterpreterOptions = {},
): Uint8Array {
  const module = new ModuleBuilder(memory)
  const index = declareImports(module, cpuBase)
  module.importTable()
  const handlerType = module.type(HANDLER_TYPE)
  const c = new Code(0)
  const pool = new LocalPool(c)
  const locals: LoopLocals = {
    rec: c.newLocal('i32'),
    handler: c.newLocal('i32'),
    pc: c.newLocal('i64'),
  }
  const entry = c.newLocal('i32')
  const target = new LoopTarget(c, { index }, cpuBase, pool, locals, { hotThreshold, countsInstructions })
  const field = (offset: number, type: 'i32' | 'i64'): void => target.pushField(offset, type)
  const exit = c.block('block')
  const redispatch = c.block('loop')
  field(LAYOUT.attention, 'i32')
  c.brIf(exit)
  field(LAYOUT.pc, 'i64')
  c.set(locals.pc)
  const jump = c.block('loop')

  // Budget: spent here and at branches inside a page. Where it counts instructions, nothing is fetched without any left: what a fetch
  // does must not depend on where a slice ends.
  if (countsInstructions) {
    field(LAYOUT.budget, 'i32')
    c.op('i32.eqz')
  } else target.pushSpent(1)
  c.block('if')
  target.storeField(LAYOUT.pc, 'i64.store', () => c.get(locals.pc))
  c.br(exit)
  c.end()

  pushExecHit(target, locals, entry)
  c.block('if')
  enterPage(target, locals, entry)
  c.else()
  target.storeField(LAYOUT.pc, 'i64.store', () => c.get(locals.pc))
  c.call(index('execLookup'))
  c.op('i32.eqz')
  c.brIf(exit)
  field(LAYOUT.rec, 'i32')
  c.set(locals.rec)
  c.end()
  target.countEntry()

  c.get(locals.rec)
  c.mem('i32.load16_u', 0)
  c.set(locals.handler)
  const dispatch = c.block('loop')
  target.labels = { dispatch, jump, redispatch }
  /** A record that is no instruction was counted as one. */
  const uncount = (): void => {
    if (!countsInstructions) return
    target.pushSpent(-1)
    c.op('drop')
  }
  if (countsInstructions) {
    target.pushSpent(1)
    c.block('if')
    uncount()
    target.syncPc(0)
    c.br(exit)
    c.end()
  }

  // br_table: labels from the innermost block outwards; the default is a handler in the table.
  const fallback = c.block('block')
  const blocks = [...hot].reverse().map(() => c.block('block'))
  const pageEnd = c.block('block')
  const compiled = c.block('block')
  const singleEnd = c.block('block')
  const undecoded = c.block('block')
  c.get(locals.handler)
  c.brTable([undecoded, pageEnd, compiled, singleEnd, ...blocks.reverse()], fallback)
  c.end()
  uncount()
  c.get(locals.rec)
  c.call(index('decode'))
  target.dispatch()
  c.end()
  uncount()
  target.pushPc()
  c.set(locals.pc)
  c.br(jump)
  c.end()
  uncount()
  emitRegionCall(target, locals, handlerType, countsInstructions)
  c.end()
  uncount()
  field(LAYOUT.pageVa, 'i64')
  c.i64(4096n)
  c.op('i64.add')
  c.set(locals.pc)
  c.br(jump)
  for (const handler of hot) {
    c.end()
    pool.reset()
    emitHandler(target, handler)
  }
  c.end()
  c.get(locals.rec)
  c.get(locals.handler)
  c.i32(HANDLER_FIRST + hot.length)
  c.op('i32.sub')
  c.callIndirect(handlerType)
  c.brIf(redispatch)
  target.next()
  for (let loops = 0; loops < 3; loops++) {
    c.end()
    c.op('unreachable')
  }
  c.end()
  c.i32(1)
  module.addFunction({ params: [], results: ['i32'] }, c, 'run')
  return module.encode(true)
}

/** A module of handlers that the loop calls; function i is exported as `h<i>`. */
export function generateHandlers(
  handlers: readonly Handler[],
  cpuBase: number,
  memory: MemoryType,
  { countsInstructions = false }: InterpreterOptions = {},
): Uint8Array {
  const module = new ModuleBuilder(memory)
  const index = declareImports(module, cpuBase)
  handlers.forEach((handler, i) => {
    const code = new Code(1)
    const target = new FunctionTarget(code, { index }, cpuBase, new LocalPool(code), countsInstructions)
    emitHandler(target, handler)
    code.op('unreachable')
    module.addFunction(HANDLER_TYPE, code, `h${i}`)
  })
  return module.encode()
}
