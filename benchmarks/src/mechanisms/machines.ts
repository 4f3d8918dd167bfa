/** The machines of the benchmark of mechanisms: our CPU in this process, and QEMU's. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Cpu, type CpuExit, cpuModels, type JitOptions, LinearMemory } from '@armvisor/cpu'
import { type Image, systemOff, withPlan } from './image.ts'

/** A run that did not end as the program does. */
export class MachineError extends Error {
  override name = 'MachineError'
}

/** What a run took. */
export interface Timing {
  /** Milliseconds of the iterations, without start-up and warming up. */
  readonly elapsedMs: number
  /** Milliseconds from the start of a new CPU until it runs at nine tenths of the speed that it then keeps; known of ours. */
  readonly rampMs?: number
}

/** Runs a program for so many iterations. */
export type Machine = (image: Image, iterations: number) => Timing

/** Where the program lies in our CPU's memory; as aligned as where QEMU puts it. */
export const programBase = 0x80_0000
/** Taken branches until the CPU looks up. */
const sliceBranches = 100_000
/**
 * V8 compiles twice, the second time in the background and for up to 200 ms; only what comes then is how fast the code is. So much time
 * must pass after the last translation; what is interpreted needs less. Passes are as short as they can be and still long for the clock.
 */
const warmUp = { interpretedMs: 100, translatedMs: 500, passMs: 4 }

/** Our CPU with a program in its memory, about to run it. @param jit without it everything is interpreted */
export function load(image: Image, iterations: number, jit?: JitOptions): { cpu: Cpu; memory: LinearMemory } {
  const memory = new LinearMemory(32 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...(jit && { jit }) })
  // The memory below belongs to the CPU and to allocations, which here are none.
  memory.u8.set(withPlan(image, { iterations }), programBase)
  cpu.state.pc = BigInt(programBase)
  return { cpu, memory }
}

/** Runs a loaded program to its end. */
export function finish(cpu: Cpu): void {
  let exit: CpuExit
  do exit = cpu.run(sliceBranches)
  while (exit.kind === 'slice')
  if (exit.kind !== 'hvc' || cpu.state.readX(0) !== BigInt(systemOff)) {
    const [esr, elr] = [0xc290, 0xc201].map((encoding) => `0x${cpu.getReg(encoding)?.toString(16)}`)
    const where = `0x${cpu.state.pc.toString(16)}, ESR_EL1 ${esr}, ELR_EL1 ${elr}`
    throw new MachineError(`the program stopped at ${where}: ${exit.kind}`)
  }
}

/** A new CPU for each run, as QEMU starts one. It runs in short passes until nothing new is translated before time is taken. */
export const ours =
  (jit?: JitOptions): Machine =>
  (image, iterations) => {
    let perPass = Math.min(iterations, 16)
    const { cpu, memory } = load(image, perPass, jit)
    const pass = (count: number): number => {
      memory.view.setBigUint64(programBase + image.planOffset, BigInt(count), true)
      cpu.state.pc = BigInt(programBase)
      const started = performance.now()
      finish(cpu)
      return performance.now() - started
    }
    const warmUpMs = jit ? warmUp.translatedMs : warmUp.interpretedMs
    const enough = jit ? 2 * jit.threshold : 0
    const speeds: { readonly at: number; readonly speed: number }[] = []
    const started = performance.now()
    let at = 0
    let done = 0
    let regions: number | undefined
    let quietSince = 0
    while (done < enough || at - quietSince < warmUpMs) {
      const elapsedMs = pass(perPass)
      speeds.push({ at, speed: perPass / elapsedMs })
      done += perPass
      if (elapsedMs < warmUp.passMs / 2) perPass = Math.min(iterations, perPass * 2)
      at = performance.now() - started
      const now = cpu.statistics.jit?.regions
      if (now !== regions) quietSince = at
      regions = now
    }
    const elapsedMs = pass(iterations)
    const kept = iterations / elapsedMs
    return { elapsedMs, rampMs: speeds.find(({ speed }) => speed >= 0.9 * kept)?.at ?? at }
  }

/** The PL011 of the machine virt: [QEMU-VIRT]. */
const qemuUart = 0x900_0000

/**
 * QEMU's CPU, in a new process each time. The program itself reads the counter, which is the host's clock, before and after the
 * iterations that follow the first tenth: start-up, of which every run takes another time, is not in it.
 *
 * @param file - Where to put the program.
 */
export const qemu =
  (command: string, cpu: string, file: string): Machine =>
  (image, iterations) => {
    const plan = { iterations: Math.ceil(iterations / 10), thenIterations: iterations, uart: qemuUart }
    writeFileSync(file, withPlan(image, plan))
    const machine = ['-M', 'virt', '-cpu', cpu, '-m', '128', '-display', 'none', '-nic', 'none', '-monitor', 'none']
    const { status, error, stdout, stderr } = spawnSync(command, [...machine, '-serial', 'stdio', '-kernel', file], {
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (error) throw new MachineError(`${command}: ${error.message}`)
    if (status !== 0 || !/^[A-P]{32}$/.test(stdout))
      throw new MachineError(`${command} ended with status ${status}: ${stdout}${stderr}`)
    const [ticks, ticksPerSecond] = [numberOf(stdout.slice(0, 16)), numberOf(stdout.slice(16))]
    return { elapsedMs: (ticks / ticksPerSecond) * 1000 }
  }

/** Hexadecimal with A for 0 to P for 15. */
function numberOf(letters: string): number {
  return [...letters].reduce((value, letter) => value * 16 + letter.charCodeAt(0) - 65, 0)
}
