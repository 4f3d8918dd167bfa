/** Translation on another thread: what it gives is used when it is there, and never when its code was written meanwhile. */

import { describe, expect, it } from 'vitest'
import { assemble } from '../src/asm/assemble.ts'
import { Cpu } from '../src/cpu.ts'
import type { JitOptions, JitStatistics } from '../src/jit/translator.ts'
import { CompileError, type CompileScope, serveCompiler, WorkerCompileHost } from '../src/jit/worker-compile-host.ts'
import { LinearMemory } from '../src/memory.ts'
import { LAYOUT } from '../src/state.ts'
import { cpuModels } from '../src/sysreg/model.ts'

const MIB = 1 << 20
const CODE = 0x80_0000
/** The word `add x1, x1, #1` of the program below, and one that adds two. */
const ADD_ONE = 0x91000421
const ADD_TWO = 0x91000821

/** A worker that works when it is told to, on this thread. */
class FakeWorker {
  readonly requests: unknown[] = []
  readonly replies: unknown[] = []
  readonly failures: string[] = []
  failure: string | undefined
  readonly #scope: CompileScope = { onmessage: null, postMessage: (reply) => this.replies.push(reply) }
  now = 0
  readonly host: WorkerCompileHost

  constructor() {
    const worker = this
    serveCompiler(this.#scope, () => this.now)
    this.host = new WorkerCompileHost({
      channel: {
        postMessage: (request) => this.requests.push(request),
        receive: () => this.replies.shift(),
        get failure() {
          return worker.failure
        },
      },
      nowMs: () => this.now,
      onFailure: (reason) => this.failures.push(reason),
    })
  }

  /** Answers everything that was asked so far. */
  work(): void {
    for (const data of this.requests.splice(0)) this.#scope.onmessage?.({ data })
  }
}

/** A CPU in an endless loop over two pages, which adds to x1 what is being changed, and one to x2. */
class Guest {
  readonly memory = new LinearMemory(64 * MIB, true)
  readonly cpu: Cpu

  constructor(jit?: JitOptions) {
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    const parts = { memory: this.memory, index: 0, model: cpuModels.armv8, host, codeBytes: 4 * MIB }
    this.cpu = new Cpu({ ...parts, countsInstructions: true, ...(jit && { jit }) })
    const { u8 } = this.memory
    u8.set(assemble(`add x1, x1, #1\nadd x2, x2, #1\nb #${CODE + 4096}`, { base: BigInt(CODE) }).bytes, CODE)
    u8.set(assemble(`b #${CODE}`, { base: BigInt(CODE + 4096) }).bytes, CODE + 4096)
    this.cpu.state.pc = BigInt(CODE)
  }

  run(): JitStatistics {
    this.cpu.run(1000)
    return this.cpu.statistics.jit as JitStatistics
  }

  /** What one time around adds, over one run. */
  step(): number {
    const { state } = this.cpu
    const [x1, x2] = [state.readX(1), state.readX(2)]
    this.run()
    return Number(state.readX(1) - x1) / Number(state.readX(2) - x2)
  }

  /** Writes the first instruction, as a device might. */
  write(word: number): void {
    this.memory.view.setUint32(CODE, word, true)
    this.cpu.invalidateCode(CODE, 4)
  }
}

describe('translation on another thread', () => {
  it('default: the interpreter goes on until the regions are there', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    expect(guest.run().regions).toBe(0)
    expect(guest.run().regions).toBe(0)
    worker.work()
    expect(guest.run().liveRegions).toBeGreaterThan(0)
    expect(guest.step()).toBe(1)
  })

  it('behavior: the program is the same whether, and whenever, something is translated', () => {
    const counts = [undefined, 0, 1, 5].map((delay) => {
      const worker = new FakeWorker()
      const guest = new Guest(delay === undefined ? undefined : { threshold: 10, compileHost: worker.host })
      for (let n = 0; n < 10; n++) {
        if (n === delay) worker.work()
        guest.run()
      }
      return guest.cpu.state.readX(1)
    })
    expect(new Set(counts).size).toBe(1)
  })

  it('behavior: code that is written while it is translated is translated again', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    guest.run()
    worker.work()
    guest.write(ADD_TWO)
    const { stale, liveRegions } = guest.run()
    expect(stale).toBeGreaterThan(0)
    expect(liveRegions).toBe(0)
    expect(guest.step()).toBe(2)
    worker.work()
    guest.run()
    worker.work()
    expect(guest.run().liveRegions).toBeGreaterThan(0)
    expect(guest.step()).toBe(2)
  })

  it('behavior: what was read before the write is not used after the code came back to what it was', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    guest.run()
    guest.write(ADD_TWO)
    guest.run()
    worker.work()
    guest.write(ADD_ONE)
    guest.run()
    expect(guest.cpu.statistics.jit?.stale).toBeGreaterThan(0)
    expect(guest.step()).toBe(1)
  })

  it('behavior: an entry that is twice in a batch is put to use once', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    for (let n = 0; n < 8; n++) {
      guest.write(ADD_TWO)
      guest.run()
    }
    for (let n = 0; n < 4; n++) {
      worker.work()
      guest.run()
    }
    expect(guest.run().liveRegions).toBe(2)
    expect(guest.step()).toBe(2)
  })

  it('behavior: without the worker the work is done here, and the reason is told once', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    guest.run()
    worker.failure = 'it ended with status 1'
    guest.run()
    expect(guest.run().liveRegions).toBeGreaterThan(0)
    expect(worker.failures).toEqual(['it ended with status 1'])
    expect(guest.step()).toBe(1)
  })

  it('behavior: a memory that is not shared is translated on the thread itself', () => {
    const worker = new FakeWorker()
    const memory = new LinearMemory(64 * MIB)
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    const jit = { threshold: 10, batch: 1, compileHost: worker.host }
    const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, codeBytes: 4 * MIB, jit })
    memory.u8.set(assemble('loop: b loop').bytes, CODE)
    cpu.state.pc = BigInt(CODE)
    cpu.run(1000)
    expect(worker.requests).toEqual([])
    expect(cpu.statistics.jit?.liveRegions).toBe(1)
  })

  it('behavior: code beyond the limit in bytes goes, oldest first, and comes back when it is hot again', () => {
    const guest = new Guest({ threshold: 10, batch: 1, codeBytes: 1 })
    guest.run()
    const { evicted, liveBytes, liveRegions } = guest.run()
    expect(evicted).toBeGreaterThan(0)
    expect(liveRegions).toBe(0)
    expect(liveBytes).toBe(0)
    expect(guest.run().evicted).toBeGreaterThan(evicted)
    expect(guest.step()).toBe(1)
  })

  it('error: a failed translation says what failed', () => {
    const worker = new FakeWorker()
    const guest = new Guest({ threshold: 10, compileHost: worker.host })
    guest.run()
    worker.requests.splice(0)
    worker.replies.push({ id: 0, error: 'RangeError: no such thing' })
    expect(() => guest.run()).toThrow(CompileError)
    expect(guest.cpu.state.get32(LAYOUT.pc)).not.toBe(0)
  })
})
