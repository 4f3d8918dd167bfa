/** An Arm AArch64 CPU. */

export type { CpuExit, CpuHost } from './cpu-host.ts'
export { FIRST_FREE, LinearMemory, OutOfLinearMemoryError } from './memory.ts'
export { CPU_BASE, CPU_STRIDE, CpuState, LAYOUT } from './state.ts'
