/** An Arm AArch64 CPU: one instruction table behind decoder, disassembler, assembler, interpreter and translator. */

export { type AssembleOptions, assemble, type Program, ProgramError } from './asm/assemble.ts'
export { AssembleError, assembleLine } from './asm/assemble-line.ts'
export { Cpu, CpuIndexError, type CpuOptions, type CpuStatistics } from './cpu.ts'
export type { CpuExit, CpuHost } from './cpu-host.ts'
export { Decoder, fieldsOf } from './decode/decoder.ts'
export { type DisassembleOptions, decodeWord, disassemble } from './disasm/disassemble.ts'
export type { HostDebug } from './exception/debug.ts'
export type { DebugRegisterPair, DebugRegisters } from './exception/debug-match.ts'
export { canShareMemory } from './host.ts'
export type { Alias, Feature, FieldPlace, FieldValues, Insn } from './isa/dsl.ts'
export { instructionTable } from './isa/index.ts'
export type { HotEntry, PageSeen } from './jit/code-reader.ts'
export type { CompileHost, CompilePort } from './jit/compile-host.ts'
export type { CompiledBatch, CompiledRegion, CompilerSetup } from './jit/compiler.ts'
export { defaultJitOptions, type JitOptions, type JitStatistics } from './jit/translator.ts'
export {
  type CompileChannel,
  CompileError,
  type CompileScope,
  serveCompiler,
  WorkerCompileHost,
} from './jit/worker-compile-host.ts'
export { FIRST_FREE, LinearMemory, OutOfLinearMemoryError } from './memory.ts'
export type { TlbStatistics } from './mmu/tlb.ts'
export { CPU_BASE, CPU_STRIDE, CpuState, LAYOUT } from './state.ts'
export { type CpuModel, cpuModels } from './sysreg/model.ts'
export { DEBUG_COUNTS } from './sysreg/table.ts'
