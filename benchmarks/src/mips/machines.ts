/** The two machines of the MIPS benchmark: our CPU in this process, and QEMU's. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Cpu, cpuModels, type JitOptions, LinearMemory } from '@armvisor/cpu'

/** A run that did not end as the program does. */
export class MipsError extends Error {
  override name = 'MipsError'
}

/** Runs a program to its end and gives the milliseconds that took. */
export type Machine = (program: Uint8Array) => number

/** Where the program lies in our CPU's memory; as aligned as where QEMU puts it. */
const BASE = 0x80_0000
/** Taken branches until the CPU looks up; a run has a few hundred of them. */
const SLICE = 1_000_000

/** A new CPU for each run, as QEMU starts one. @param jit without it everything is interpreted */
export const ours =
  (jit?: JitOptions): Machine =>
  (program) => {
    const memory = new LinearMemory(32 << 20)
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...(jit && { jit }) })
    // The memory below belongs to the CPU and to allocations, which here are none.
    memory.u8.set(program, BASE)
    cpu.state.pc = BigInt(BASE)
    const started = performance.now()
    while (true) {
      const exit = cpu.run(SLICE)
      if (exit.kind === 'hvc') break
      if (exit.kind !== 'slice')
        throw new MipsError(`the program stopped at 0x${cpu.state.pc.toString(16)}: ${exit.kind}`)
    }
    return performance.now() - started
  }

/** QEMU, timed from process start to process end: the caller subtracts what a short run takes. */
export function qemu(command: string, file: string): Machine {
  return (program) => {
    writeFileSync(file, program)
    const args = ['-M', 'virt', '-cpu', 'cortex-a57', '-m', '128', '-display', 'none', '-nic', 'none', '-kernel', file]
    const started = performance.now()
    const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 })
    const elapsedMs = performance.now() - started
    if (error) throw new MipsError(`${command}: ${error.message}`)
    if (status !== 0) throw new MipsError(`${command} ended with status ${status}: ${stderr}`)
    return elapsedMs
  }
}
