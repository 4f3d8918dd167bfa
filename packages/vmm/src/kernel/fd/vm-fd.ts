/** The file of a VM: its ioctls. [KVM-API] §4 */

import {
  decodeStruct,
  KVM_ARM_GET_REG_WRITABLE_MASKS,
  KVM_ARM_MTE_COPY_TAGS,
  KVM_ARM_PREFERRED_TARGET,
  KVM_ARM_SET_COUNTER_OFFSET,
  KVM_ARM_SET_DEVICE_ADDR,
  KVM_CHECK_EXTENSION,
  KVM_CLEAR_DIRTY_LOG,
  KVM_CREATE_DEVICE,
  KVM_CREATE_IRQCHIP,
  KVM_CREATE_VCPU,
  KVM_ENABLE_CAP,
  KVM_GET_DIRTY_LOG,
  KVM_GET_STATS_FD,
  KVM_HAS_DEVICE_ATTR,
  KVM_IOEVENTFD,
  KVM_IRQ_LINE,
  KVM_IRQ_LINE_STATUS,
  KVM_IRQFD,
  KVM_MSI_VALID_DEVID,
  KVM_REGISTER_COALESCED_MMIO,
  KVM_RESET_DIRTY_RINGS,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_GSI_ROUTING,
  KVM_SET_USER_MEMORY_REGION,
  KVM_SET_USER_MEMORY_REGION2,
  KVM_SIGNAL_MSI,
  KVM_UNREGISTER_COALESCED_MMIO,
  kvm_arm_copy_mte_tags,
  kvm_arm_counter_offset,
  kvm_arm_device_addr,
  kvm_clear_dirty_log,
  kvm_coalesced_mmio_zone,
  kvm_create_device,
  kvm_dirty_log,
  kvm_enable_cap,
  kvm_ioeventfd,
  kvm_irq_level,
  kvm_irq_routing,
  kvm_irq_routing_entry,
  kvm_irqfd,
  kvm_msi,
  kvm_userspace_memory_region,
  kvm_userspace_memory_region2,
  kvm_vcpu_init,
  reg_mask_range,
  sizeOfStruct,
} from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import { writableMaskTable } from '../regs/id-registers.ts'
import type { KernelVm } from '../vm.ts'
import { DeviceFd } from './device-fd.ts'
import { OpenFile } from './open-file.ts'
import { StatsFd } from './stats-fd.ts'
import { attributeIoctl, readStruct, writeStruct } from './user-struct.ts'
import { VcpuFd } from './vcpu-fd.ts'
import type { VmFileContext } from './vm-context.ts'

type Handler = (file: VmFd, arg: bigint) => number

/** What `KVM_CREATE_VM` opens. */
export class VmFd extends OpenFile {
  readonly kind = 'a VM'
  readonly vm: KernelVm
  readonly context: VmFileContext

  constructor(context: VmFileContext) {
    super()
    this.context = context
    this.vm = context.vm
    context.hold()
  }

  override ioctl(request: number, arg: bigint): number {
    this.vm.checkAlive('ioctl')
    const handler = handlers.get(request)
    if (handler === undefined) throw kvmError('EINVAL', 'ioctl', `a VM has no request ${hex(request)}`)
    return handler(this, arg)
  }

  release(): void {
    this.context.drop()
  }
}

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [KVM_CHECK_EXTENSION, ({ vm }, arg) => vm.checkExtension(arg < 0x1_0000_0000n ? Number(arg) : -1)],
  [KVM_CREATE_VCPU, createVcpu],
  [KVM_ENABLE_CAP, enableCap],
  [KVM_SET_USER_MEMORY_REGION, setUserMemoryRegion],
  [KVM_SET_USER_MEMORY_REGION2, setUserMemoryRegion2],
  [KVM_GET_DIRTY_LOG, getDirtyLog],
  [KVM_CLEAR_DIRTY_LOG, clearDirtyLog],
  [KVM_RESET_DIRTY_RINGS, ({ vm }) => vm.dirtyLog.resetRings()],
  [KVM_REGISTER_COALESCED_MMIO, registerCoalesced],
  [KVM_UNREGISTER_COALESCED_MMIO, unregisterCoalesced],
  [KVM_IRQFD, irqFd],
  [KVM_IOEVENTFD, ioEventFd],
  [KVM_SIGNAL_MSI, signalMsi],
  [KVM_IRQ_LINE, irqLine],
  [KVM_IRQ_LINE_STATUS, irqLineStatus],
  [KVM_SET_GSI_ROUTING, setGsiRouting],
  [KVM_CREATE_DEVICE, createDevice],
  [KVM_CREATE_IRQCHIP, createIrqchip],
  [KVM_ARM_SET_DEVICE_ADDR, setDeviceAddr],
  [KVM_ARM_PREFERRED_TARGET, preferredTarget],
  [KVM_ARM_MTE_COPY_TAGS, mteCopyTags],
  [KVM_ARM_SET_COUNTER_OFFSET, setCounterOffset],
  [KVM_ARM_GET_REG_WRITABLE_MASKS, getRegWritableMasks],
  [KVM_SET_DEVICE_ATTR, (file, arg) => vmAttribute(file, 'set', arg)],
  [KVM_HAS_DEVICE_ATTR, (file, arg) => vmAttribute(file, 'has', arg)],
  [KVM_GET_STATS_FD, getStatsFd],
])

function createVcpu({ vm, context }: VmFd, arg: bigint): number {
  const vcpu = vm.createKernelVcpu(arg < 0x1_0000_0000n ? Number(arg) : -1)
  return context.process.install(new VcpuFd(context, vcpu))
}

function enableCap({ vm, context }: VmFd, arg: bigint): number {
  const { cap, flags, args } = readStruct(context.process.memory, kvm_enable_cap, arg, 'KVM_ENABLE_CAP')
  vm.enableCap(cap, flags, args)
  return 0
}

function setUserMemoryRegion({ vm, context }: VmFd, arg: bigint): number {
  const { memory } = context.process
  vm.setUserMemoryRegion(readStruct(memory, kvm_userspace_memory_region, arg, 'KVM_SET_USER_MEMORY_REGION'))
  return 0
}

function setUserMemoryRegion2({ vm, context }: VmFd, arg: bigint): number {
  if (!vm.rules.hasRegion2) throw kvmError('EINVAL', 'ioctl', 'a VM has no KVM_SET_USER_MEMORY_REGION2')
  const { memory } = context.process
  vm.setUserMemoryRegion(readStruct(memory, kvm_userspace_memory_region2, arg, 'KVM_SET_USER_MEMORY_REGION2'))
  return 0
}

function getDirtyLog({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_GET_DIRTY_LOG'
  const { memory } = context.process
  const { slot, dirty_bitmap } = readStruct(memory, kvm_dirty_log, arg, call)
  const log = vm.dirtyLog.prepareGet(slot)
  // As in Linux what could not be copied is lost; here that is found out before anything is.
  memory.checkMapped(dirty_bitmap, log.sizeBytes, call)
  memory.copyOut(dirty_bitmap, log.take(), call)
  return 0
}

function clearDirtyLog({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_CLEAR_DIRTY_LOG'
  const { memory } = context.process
  const { slot, num_pages, first_page, dirty_bitmap } = readStruct(memory, kvm_clear_dirty_log, arg, call)
  vm.dirtyLog.clear(slot, first_page, num_pages, (sizeBytes) => {
    memory.checkMapped(dirty_bitmap, sizeBytes, call)
    return memory.copyIn(dirty_bitmap, sizeBytes, call)
  })
  return 0
}

function registerCoalesced({ vm, context }: VmFd, arg: bigint): number {
  vm.coalescedMmio.register(
    readStruct(context.process.memory, kvm_coalesced_mmio_zone, arg, 'KVM_REGISTER_COALESCED_MMIO'),
  )
  return 0
}

function unregisterCoalesced({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_UNREGISTER_COALESCED_MMIO'
  vm.coalescedMmio.unregister(readStruct(context.process.memory, kvm_coalesced_mmio_zone, arg, call))
  return 0
}

function irqFd({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_IRQFD'
  const { process } = context
  const { fd, resamplefd, gsi, flags } = readStruct(process.memory, kvm_irqfd, arg, call)
  vm.irqFds.set(
    { gsi, flags },
    vm.isIrqchipInitialised,
    () => process.eventFd(fd | 0, call),
    () => process.eventFd(resamplefd | 0, call),
  )
  return 0
}

function ioEventFd({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_IOEVENTFD'
  const request = readStruct(context.process.memory, kvm_ioeventfd, arg, call)
  vm.ioEventFds.set(request, () => context.process.eventFd(request.fd, call))
  return 0
}

function signalMsi({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_SIGNAL_MSI'
  const { address_lo, address_hi, data, flags, devid } = readStruct(context.process.memory, kvm_msi, arg, call)
  if (!vm.hasIrqchip || (flags & ~KVM_MSI_VALID_DEVID) !== 0) {
    throw kvmError('EINVAL', call, `flags ${hex(flags)}, in a VM ${vm.hasIrqchip ? 'with' : 'without'} a GIC`)
  }
  const address = (BigInt(address_hi) << 32n) | BigInt(address_lo)
  return vm.signalMsi({ address, data, deviceId: (flags & KVM_MSI_VALID_DEVID) !== 0 ? devid : undefined }) ? 1 : 0
}

function irqLine({ vm, context }: VmFd, arg: bigint): number {
  const { irq, level } = readStruct(context.process.memory, kvm_irq_level, arg, 'KVM_IRQ_LINE')
  vm.irqLine(irq, level !== 0)
  return 0
}

/** The same, and the structure is written back: arm64 has no status to tell. */
function irqLineStatus({ vm, context }: VmFd, arg: bigint): number {
  const { memory } = context.process
  const line = readStruct(memory, kvm_irq_level, arg, 'KVM_IRQ_LINE_STATUS')
  vm.irqLine(line.irq, line.level !== 0)
  writeStruct(memory, kvm_irq_level, arg, line, 'KVM_IRQ_LINE_STATUS')
  return 0
}

function setGsiRouting({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_SET_GSI_ROUTING'
  const { memory } = context.process
  const headBytes = sizeOfStruct(kvm_irq_routing)
  const entryBytes = sizeOfStruct(kvm_irq_routing_entry)
  const { nr, flags } = decodeStruct(kvm_irq_routing, memory.copyIn(arg, headBytes, call))
  vm.checkGsiRouting(nr)
  if (flags !== 0) throw kvmError('EINVAL', call, `flags ${hex(flags)} are not 0`)
  const bytes = memory.copyIn(arg + BigInt(headBytes), nr * entryBytes, call)
  vm.routing.set(
    Array.from({ length: nr }, (_, n) =>
      decodeStruct(kvm_irq_routing_entry, bytes.slice(n * entryBytes, (n + 1) * entryBytes)),
    ),
  )
  return 0
}

function createDevice({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_CREATE_DEVICE'
  const { memory } = context.process
  const { type, flags, fd } = readStruct(memory, kvm_create_device, arg, call)
  const device = vm.createKernelDevice(type, flags)
  const result = device === undefined ? fd : context.process.install(new DeviceFd(context, device))
  writeStruct(memory, kvm_create_device, arg, { type, flags, fd: result }, call)
  return 0
}

function createIrqchip({ vm }: VmFd): number {
  vm.createIrqchip()
  return 0
}

function setDeviceAddr({ vm, context }: VmFd, arg: bigint): number {
  const { id, addr } = readStruct(context.process.memory, kvm_arm_device_addr, arg, 'KVM_ARM_SET_DEVICE_ADDR')
  vm.setDeviceAddress(id, addr)
  return 0
}

function preferredTarget({ vm, context }: VmFd, arg: bigint): number {
  const { target, features } = vm.preferredTarget()
  writeStruct(context.process.memory, kvm_vcpu_init, arg, { target, features }, 'KVM_ARM_PREFERRED_TARGET')
  return 0
}

function mteCopyTags({ vm, context }: VmFd, arg: bigint): number {
  const request = readStruct(context.process.memory, kvm_arm_copy_mte_tags, arg, 'KVM_ARM_MTE_COPY_TAGS')
  return vm.mteTags.copy(request)
}

function setCounterOffset({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_ARM_SET_COUNTER_OFFSET'
  if (!vm.rules.hasCounterOffset) throw kvmError('EINVAL', 'ioctl', `a VM has no ${call}`)
  const { counter_offset, reserved } = readStruct(context.process.memory, kvm_arm_counter_offset, arg, call)
  if (reserved !== 0n) throw kvmError('EINVAL', call, `reserved word ${hex(reserved)} is not 0`)
  vm.setCounterOffset(counter_offset)
  return 0
}

function getRegWritableMasks({ vm, context }: VmFd, arg: bigint): number {
  const call = 'KVM_ARM_GET_REG_WRITABLE_MASKS'
  if (!vm.rules.hasWritableIdRegisters) throw kvmError('EINVAL', 'ioctl', `a VM has no ${call}`)
  const { memory } = context.process
  const { addr, range, reserved } = readStruct(memory, reg_mask_range, arg, call)
  if (range !== 0 || reserved.some((word) => word !== 0)) {
    throw kvmError('EINVAL', call, `range ${range} with reserved words is not 0`)
  }
  memory.copyOut(addr, new Uint8Array(writableMaskTable().buffer), call)
  return 0
}

function vmAttribute({ vm, context }: VmFd, operation: 'set' | 'has', arg: bigint): number {
  if (!vm.rules.hasVmAttributes) throw kvmError('EINVAL', 'ioctl', 'a VM has no attributes')
  return attributeIoctl(context.process.memory, vm.smcccFilter, operation, arg)
}

function getStatsFd({ vm, context }: VmFd): number {
  return context.process.install(new StatsFd(context, `kvm-${context.process.pid}`, vm.statistics))
}
