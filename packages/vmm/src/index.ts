/** A virtual machine monitor for arm64: KVM's handles implemented in TypeScript, and a `virt` machine written against them. */

export { encodeFdt, FdtNameError, type FdtOptions, type FdtReservation } from './boot/fdt/encode.ts'
export {
  type FdtNode,
  type FdtProperties,
  fdtCells,
  fdtEmpty,
  fdtNode,
  fdtStrings,
  fdtU64s,
} from './boot/fdt/node.ts'
export type { PlannedRange } from './boot/guest-memory-plan.ts'
export { encodeImageHeader, type ImageHeader, imageHeaderBytes } from './boot/image.ts'
export { decodeKernel, type Kernel, type KernelContainer } from './boot/kernel.ts'
export type { LoadedGuest } from './boot/load.ts'
export { LoadError, type LoadFault, type LoadItem } from './boot/load-error.ts'
export type { InterruptLine } from './bus/interrupt-line.ts'
export { MmioBus, type MmioBusEvents, type MmioDevice, MmioOverlapError, type MmioWindow } from './bus/mmio-bus.ts'
export { Pl011, type Pl011State, type Pl011Wiring, pl011ResetState } from './devices/pl011/index.ts'
export { Pl031, type Pl031State, type Pl031Wiring, pl031ResetState, type WallClock } from './devices/pl031/index.ts'
export type {
  CpuFactory,
  CpuModelPort,
  CpuPort,
  HostFeatures,
  InjectedAbort,
  Stage2Registers,
} from './kernel/cpu-port.ts'
export { EFD_SEMAPHORE } from './kernel/fd/event-fd.ts'
export { MAP_PRIVATE, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE } from './kernel/fd/open-file.ts'
export { createKvmProcess, createKvmProcessWith, type KvmFd, type KvmProcess } from './kernel/fd/process.ts'
export { inspectCpus, inspectStage2, type Stage2Inspection, type TableMemory } from './kernel/inspection.ts'
export {
  defaultEpochMs,
  defaultIcountShift,
  IcountShiftError,
  InstructionClock,
  type InstructionClockOptions,
  largestIcountShift,
} from './kernel/instruction-clock.ts'
export {
  createKvm,
  createKvmWith,
  hostIpaLimit,
  type KvmCpuOptions,
  type KvmModelOptions,
  type KvmOptions,
} from './kernel/kvm.ts'
export type { KvmEvents, Stage2FaultEvent } from './kernel/kvm-events.ts'
export type { KvmHost } from './kernel/kvm-host.ts'
export { largestGuestBytes, linearMemoryBytes } from './kernel/linear-memory.ts'
export type { LinuxVersion } from './kernel/linux-rules.ts'
export type { MemorySlot } from './kernel/memslots.ts'
export type { Quirks } from './kernel/mmio.ts'
export { formatAddress, formatSize } from './machine/format-size.ts'
export { MachineError, type MachineFault } from './machine/machine-error.ts'
export {
  checkMemorySize,
  type IpaBitsChoice,
  type MapRegion,
  maxCpus,
  memoryMap,
  smallestIpaBits,
} from './machine/memory-map.ts'
export { type MachineSnapshot, takeSnapshot, type VcpuSnapshot } from './machine/snapshot.ts'
export { decodeSnapshot, encodeSnapshot, SnapshotError } from './machine/snapshot-file.ts'
export type { GicVersion } from './machine/vgic.ts'
export type { VgicState } from './machine/vgic-state.ts'
export {
  createVirtMachine,
  type GuestMemory,
  restoreVirtMachine,
  type SerialConsole,
  type VirtConfig,
  type VirtMachine,
} from './machine/virt.ts'
export { RunLoop, type RunLoopOptions, type RunOutcome } from './run-loop.ts'
