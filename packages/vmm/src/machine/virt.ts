/** The `virt` machine on a KVM: memory, interrupt controller, vCPUs, devices, a loaded guest. [QEMU-VIRT] */

import {
  type Device,
  defaultIpaBits,
  encodeVmType,
  KVM_CAP_ARM_VM_IPA_SIZE,
  type Kvm,
  KvmError,
  minIpaBits,
  type Vcpu,
  type Vm,
} from '@armvisor/uapi'
import { encodeFdt } from '../boot/fdt/encode.ts'
import { utf8 } from '../boot/fdt/node.ts'
import { decodeKernel, type Kernel } from '../boot/kernel.ts'
import { type LoadedGuest, loadGuest } from '../boot/load.ts'
import type { InterruptLine } from '../bus/interrupt-line.ts'
import { MmioBus, type MmioBusEvents } from '../bus/mmio-bus.ts'
import { Pl011, type Pl011State } from '../devices/pl011/index.ts'
import { Pl031, type Pl031State, type WallClock } from '../devices/pl031/index.ts'
import { RunLoop, type RunOutcome } from '../run-loop.ts'
import { initVcpus, readMpidr, setBootRegisters } from './boot-vcpu.ts'
import { virtDeviceTree } from './device-tree.ts'
import { MachineError } from './machine-error.ts'
import { checkMemorySize, maxCpus, maxGicv2Cpus, memoryMap } from './memory-map.ts'
import { type MachineSnapshot, putSnapshot } from './snapshot.ts'
import { createIts, createVgic, type GicVersion, setUpVgic, spiIrq } from './vgic.ts'

/** [LINUX] COMMAND_LINE_SIZE of arm64 is 2048 with the final zero byte; what is longer is cut off without a word. */
const maxCommandLineBytes = 2047

/** Where the serial port goes. */
export interface SerialConsole {
  /** Takes one byte of output, while the guest's store is carried out: buffer it. */
  write(byte: number): void
  /** Asked after each time slice: a promise holds the guest back until the output buffered so far has gone. */
  drain?(): Promise<void> | undefined
  /** Told when the guest has read all input given to {@link VirtMachine.input}. */
  inputDrained?(): void
}

/** What machine to build. */
export interface VirtConfig {
  /** A multiple of the host's page. */
  readonly memoryBytes: number
  /** log2 of the IPA space, or 0 (default) for KVM's default of 40. */
  readonly ipaBits?: number
  /** Default 1, at most 123, or 8 with a GICv2. */
  readonly cpus?: number
  /** Architecture of the interrupt controller. Default 3. */
  readonly gicVersion?: GicVersion
  /** Whether the GICv3 has an ITS, for message-signalled interrupts. Default false. */
  readonly its?: boolean
  /** Image, Image.gz, EFI zboot or ELF. */
  readonly kernel: Uint8Array
  readonly initrd?: Uint8Array
  /** The kernel's command line. */
  readonly append?: string
  /** `compatible` of the CPUs in the device tree; default `arm,armv8`. */
  readonly cpuCompatible?: string
  /** So many unpredictable bytes, for the seeds that the kernel is given. */
  random(sizeBytes: number): Uint8Array
  readonly console: SerialConsole
  readonly clock: WallClock
  /** Told of accesses that no device answers. */
  readonly busEvents?: MmioBusEvents
}

/** Memory of a guest. */
export interface GuestMemory {
  /** Guest physical address. */
  readonly base: number
  readonly bytes: Uint8Array
}

/** A machine, ready to run. */
export interface VirtMachine {
  readonly vm: Vm
  readonly vcpus: readonly Vcpu[]
  readonly bus: MmioBus
  readonly uart: Pl011
  readonly rtc: Pl031
  readonly gicVersion: GicVersion
  readonly gic: Device
  readonly its: Device | undefined
  /** The kernel as it was recognised; a restored machine has none. */
  readonly kernel: Kernel | undefined
  /** Where everything lies; not known of a restored machine. */
  readonly layout: LoadedGuest | undefined
  /** Guest memory by guest physical address, RAM first; it goes with the machine. */
  readonly memory: readonly GuestMemory[]
  /** log2 of the IPA space as it is: 40 where the default was asked for. */
  readonly ipaBits: number
  /** Gives the guest input on the serial port. Nothing is lost, however much it is. */
  input(bytes: Uint8Array): void
  /**
   * Runs until the guest powers off, resets or crashes, or {@link VirtMachine.stop}.
   *
   * @throws {@link MachineError}, `KvmError`
   */
  run(): Promise<RunOutcome>
  /** Ends {@link VirtMachine.run} with `stopped`; it may be called again to go on. */
  stop(): void
  /** Gives everything back, guest memory included. To start the guest anew, build another machine. */
  close(): void
}

/**
 * Builds the machine and loads the guest; what it took is given back when anything fails.
 *
 * @throws {@link MachineError} for a machine that is impossible, {@link LoadError} for a guest that cannot be loaded, `KvmError`
 */
export function createVirtMachine(kvm: Kvm, config: VirtConfig): VirtMachine {
  const ipaBits = checkConfig(kvm, config)
  const kernel = decodeKernel(config.kernel, config.memoryBytes)
  return assemble(kvm, config, ipaBits, {}, (machine) => {
    const layout = load(machine, config, kernel)
    return { ...machine, kernel, layout }
  })
}

/**
 * Builds the machine of a snapshot, which goes on where it stood when run. Time stands still in between: the guest's counter goes
 * on from where it was, its clock chip follows the host's.
 *
 * @param extend - adds what the machine of the snapshot had beyond RAM, before its memory is filled
 * @throws {@link MachineError} for a machine that is impossible here, `KvmError` for a state that this KVM refuses
 */
export function restoreVirtMachine(
  kvm: Kvm,
  config: Pick<VirtConfig, 'console' | 'clock' | 'busEvents'>,
  snapshot: MachineSnapshot,
  extend: (machine: VirtMachine) => VirtMachine = (machine) => machine,
): VirtMachine {
  const { memoryBytes, vcpus } = snapshot
  const hardware = {
    ...config,
    memoryBytes,
    ipaBits: snapshot.ipaBits,
    cpus: vcpus.length,
    gicVersion: snapshot.gicVersion ?? 3,
    its: snapshot.its !== undefined,
  }
  const ipaBits = checkConfig(kvm, hardware)
  return assemble(kvm, hardware, ipaBits, snapshot, (bare) => {
    const machine = extend(bare)
    putSnapshot(machine, snapshot)
    return machine
  })
}

/** What a machine is built from, its guest aside. */
type Hardware = Pick<
  VirtConfig,
  'memoryBytes' | 'ipaBits' | 'cpus' | 'gicVersion' | 'its' | 'console' | 'clock' | 'busEvents'
>

/** Builds the machine without a guest; what it took is given back when anything fails, `finish` included. */
function assemble(
  kvm: Kvm,
  hardware: Hardware,
  ipaBits: number,
  devices: { readonly uart?: Pl011State; readonly rtc?: Pl031State },
  finish: (machine: VirtMachine) => VirtMachine,
): VirtMachine {
  const undo: (() => void)[] = []
  const close = (): void => {
    while (undo.length > 0) undo.pop()?.()
  }
  try {
    return finish(build(kvm, hardware, ipaBits, devices, undo, close))
  } catch (error) {
    close()
    throw error
  }
}

function build(
  kvm: Kvm,
  config: Hardware,
  ipaBits: number,
  devices: { readonly uart?: Pl011State; readonly rtc?: Pl031State },
  undo: (() => void)[],
  close: () => void,
): VirtMachine {
  const { memoryBytes, console, gicVersion = 3 } = config
  const ram = mapMemory(kvm, memoryBytes)
  undo.push(() => kvm.memory.unmap(ram))
  const vm = kvm.createVm(encodeVmType({ ipaBits: config.ipaBits ?? 0 }))
  undo.push(() => vm.close())
  vm.setUserMemoryRegion({
    slot: 0,
    flags: 0,
    guest_phys_addr: BigInt(memoryMap.ram.base),
    memory_size: BigInt(memoryBytes),
    userspace_addr: ram,
  })
  const vcpus: Vcpu[] = []
  for (let id = 0; id < (config.cpus ?? 1); id++) {
    const vcpu = vm.createVcpu(id)
    undo.push(() => vcpu.close())
    vcpus.push(vcpu)
  }
  initVcpus(vm, vcpus)
  const gic = createVgic(vm, gicVersion)
  undo.push(() => gic.close())
  const its = config.its === true ? createIts(vm) : undefined
  undo.push(() => its?.close())
  setUpVgic(gic, gicVersion)

  const bus = new MmioBus(config.busEvents)
  const uart = new Pl011(
    {
      line: interruptLine(vm, memoryMap.uart.spi),
      output: (byte) => console.write(byte),
      inputDrained: () => console.inputDrained?.(),
    },
    devices.uart,
  )
  const rtc = new Pl031({ line: interruptLine(vm, memoryMap.rtc.spi), clock: config.clock }, devices.rtc)
  undo.push(() => rtc.close())
  bus.add('pl011', memoryMap.uart.base, memoryMap.uart.sizeBytes, uart)
  bus.add('pl031', memoryMap.rtc.base, memoryMap.rtc.sizeBytes, rtc)

  const loop = new RunLoop(vcpus, bus, { backPressure: () => console.drain?.() })
  return {
    vm,
    vcpus,
    bus,
    uart,
    rtc,
    gicVersion,
    gic,
    its,
    kernel: undefined,
    layout: undefined,
    memory: [{ base: memoryMap.ram.base, bytes: kvm.memory.bytes(ram, memoryBytes) }],
    ipaBits,
    input: (bytes) => uart.receive(bytes),
    run: () => loop.run(),
    stop: () => loop.stop(),
    close,
  }
}

/** Puts the guest into RAM and the first vCPU at its entry. */
function load({ vcpus, memory, gicVersion, its }: VirtMachine, config: VirtConfig, kernel: Kernel): LoadedGuest {
  const layout = loadGuest(memory[0] as GuestMemory, {
    kernel,
    initrd: config.initrd,
    deviceTree: (initrd) =>
      encodeFdt(
        virtDeviceTree({
          memoryBytes: config.memoryBytes,
          mpidrs: vcpus.map(readMpidr),
          cpuCompatible: config.cpuCompatible ?? 'arm,armv8',
          commandLine: config.append ?? '',
          gicVersion,
          its: its !== undefined,
          initrd,
          kaslrSeed: config.random(8),
          rngSeed: config.random(32),
        }),
      ),
  })
  setBootRegisters(vcpus[0] as Vcpu, layout.entry, layout.deviceTreeAddress)
  return layout
}

/** Checks all that needs no VM and returns the IPA size that there will be. */
function checkConfig(
  kvm: Kvm,
  {
    ipaBits = 0,
    memoryBytes,
    cpus = 1,
    append = '',
    gicVersion = 3,
    its = false,
  }: Hardware & Pick<VirtConfig, 'append'>,
): number {
  // A KVM that does not know the capability has 40 bits and no choice.
  const limitBits = kvm.checkExtension(KVM_CAP_ARM_VM_IPA_SIZE) || defaultIpaBits
  if (ipaBits !== 0 && !(Number.isInteger(ipaBits) && ipaBits >= minIpaBits && ipaBits <= limitBits)) {
    throw new MachineError({ kind: 'ipa-bits', ipaBits, minimumBits: minIpaBits, limitBits })
  }
  const limit = gicVersion === 2 ? maxGicv2Cpus : maxCpus
  if (!(Number.isInteger(cpus) && cpus >= 1 && cpus <= limit)) {
    throw new MachineError({ kind: 'cpu-count', cpus, limit })
  }
  if (its && gicVersion === 2) throw new MachineError({ kind: 'its-of-gicv2' })
  const actualBits = ipaBits === 0 ? defaultIpaBits : ipaBits
  checkMemorySize(memoryBytes, actualBits, kvm.memory.pageBytes)
  const commandLineBytes = utf8(append).length
  if (commandLineBytes > maxCommandLineBytes) {
    throw new MachineError({ kind: 'command-line', sizeBytes: commandLineBytes, limitBytes: maxCommandLineBytes })
  }
  return actualBits
}

function mapMemory(kvm: Kvm, memoryBytes: number): bigint {
  try {
    return kvm.memory.map(memoryBytes)
  } catch (error) {
    if (error instanceof KvmError && error.code === 'ENOMEM') {
      throw new MachineError({ kind: 'memory-unavailable', memoryBytes }, { cause: error })
    }
    throw error
  }
}

function interruptLine(vm: Vm, spi: number): InterruptLine {
  const irq = spiIrq(spi)
  return { setLevel: (isHigh) => vm.irqLine(irq, isHigh) }
}
