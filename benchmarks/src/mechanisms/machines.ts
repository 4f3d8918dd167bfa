/** The machines of the benchmark of mechanisms: our CPU in this process, and QEMU's. */

import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Cpu, type CpuExit, cpuModels, type JitOptions, LinearMemory } from '@armvisor/cpu'
import { residentBytes } from '../guest/memory.ts'
import { BenchError } from '../harness/errors.ts'
import { type Image, imageOf, systemOff, withPlan } from './image.ts'
import type { Mechanism } from './programs.ts'

/** What a run took. */
export interface Timing {
  /** Milliseconds of the iterations, without start-up and warming up. */
  readonly elapsedMs: number
  /** Milliseconds from the start of a new CPU until it runs at nine tenths of the speed that it then keeps; known of ours. */
  readonly rampMs?: number
  /** What the process has in memory at the end; these programs touch less than 3 MiB of their guest's. */
  readonly residentBytes?: number
}

/** Runs mechanisms, each time in a new process. */
export interface Machine {
  /** Iterations that take about the target time. */
  calibrate(mechanism: Mechanism): Promise<number>
  run(mechanism: Mechanism, iterations: number): Promise<Timing>
}

/** What `runner.ts` is asked for; without iterations how many there should be. */
export interface OursRequest {
  readonly name: string
  readonly isTranslated: boolean
  readonly iterations?: number
}

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
    throw new BenchError(`the program stopped at ${where}: ${exit.kind}`)
  }
}

/** How long the timed part of a run takes, about. */
const targetMs = 300

/** Iterations that take about the target time. */
export async function calibrate(
  image: Image,
  run: (image: Image, iterations: number) => Timing | Promise<Timing>,
  work: number,
): Promise<number> {
  for (let iterations = Math.ceil(200_000 / work); ; iterations *= 4) {
    const { elapsedMs } = await run(image, iterations)
    if (elapsedMs > targetMs / 4) return Math.ceil((iterations * targetMs) / elapsedMs)
  }
}

/** Our CPU under a Node, through `runner.ts`. @param nodeArgs - Options for it. */
export function ours([node = '', ...nodeArgs]: readonly string[], isTranslated: boolean): Machine {
  // The runner is TypeScript, and not every Node runs that.
  const loader = ['--import', import.meta.resolve('tsx')]
  const runner = fileURLToPath(new URL('runner.ts', import.meta.url))
  const ask = (request: OursRequest): Timing & { readonly iterations: number } => {
    const args = [...nodeArgs, ...loader, runner, JSON.stringify(request)]
    const { status, error, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8', timeout: 300_000 })
    if (error) throw new BenchError(`${node}: ${error.message}`)
    if (status !== 0) throw new BenchError(`${node} ended with status ${status}: ${stderr.trim()}`)
    return JSON.parse(stdout)
  }
  return {
    calibrate: async ({ name }) => ask({ name, isTranslated }).iterations,
    run: async ({ name }, iterations) => ask({ name, isTranslated, iterations }),
  }
}

/** Our CPU in this process: a new one for each run, as QEMU starts one. It runs in short passes until nothing new is translated before time is taken. */
export const runOurs =
  (jit?: JitOptions) =>
  (image: Image, iterations: number): Timing => {
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
 * QEMU's CPU. The program itself reads the counter, which is the host's clock, before and after the iterations that follow the first
 * tenth: start-up, of which every run takes another time, is not in it.
 *
 * @param file - Where to put the program.
 */
export function qemu(command: string, cpu: string, file: string): Machine {
  const run = (image: Image, iterations: number): Promise<Timing> => {
    const plan = { iterations: Math.ceil(iterations / 10), thenIterations: iterations, uart: qemuUart }
    writeFileSync(file, withPlan(image, plan))
    // It stays when the program is over, until it was weighed.
    const machine = ['-M', 'virt', '-cpu', cpu, '-m', '128', '-display', 'none', '-nic', 'none', '-monitor', 'none']
    return timeQemu(command, [...machine, '-no-shutdown', '-serial', 'stdio', '-kernel', file])
  }
  return {
    calibrate: (mechanism) => calibrate(imageOf(mechanism), run, mechanism.work),
    run: (mechanism, iterations) => run(imageOf(mechanism), iterations),
  }
}

const qemuLimitMs = 60_000

function timeQemu(command: string, args: readonly string[]): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    let resident: number | undefined
    const timer = setTimeout(() => child.kill('SIGKILL'), qemuLimitMs)
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      output += chunk
      if (output.length < 32 || child.pid === undefined) return
      resident = residentBytes(child.pid)
      child.kill('SIGKILL')
    })
    child.on('error', ({ message }) => reject(new BenchError(`${command}: ${message}`)))
    child.on('close', (status) => {
      clearTimeout(timer)
      if (!/^[A-P]{32}$/.test(output)) {
        reject(new BenchError(`${command} ended with status ${status}: ${output}${errors}`))
        return
      }
      const [ticks, ticksPerSecond] = [numberOf(output.slice(0, 16)), numberOf(output.slice(16))]
      resolve({
        elapsedMs: (ticks / ticksPerSecond) * 1000,
        ...(resident !== undefined && { residentBytes: resident }),
      })
    })
  })
}

/** Hexadecimal with A for 0 to P for 15. */
function numberOf(letters: string): number {
  return [...letters].reduce((value, letter) => value * 16 + letter.charCodeAt(0) - 65, 0)
}
