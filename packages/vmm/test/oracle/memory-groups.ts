/** Groups sys, create_vm, memslot, dirty, ring, caps and region2 of the recording program, call for call. */

import {
  type ErrnoCode,
  errnoTable,
  KVM_CHECK_EXTENSION,
  KVM_CLEAR_DIRTY_LOG,
  KVM_CREATE_GUEST_MEMFD,
  KVM_CREATE_VM,
  KVM_ENABLE_CAP,
  KVM_GET_API_VERSION,
  KVM_GET_DIRTY_LOG,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_RESET_DIRTY_RINGS,
  KVM_SET_MEMORY_ATTRIBUTES,
  KVM_SET_USER_MEMORY_REGION,
  KVM_SET_USER_MEMORY_REGION2,
  kvm_clear_dirty_log,
  kvm_create_guest_memfd,
  kvm_dirty_log,
  kvm_enable_cap,
  kvm_memory_attributes,
  kvm_userspace_memory_region2,
} from '@armvisor/uapi'
import { type CallResult, chex, type Probe } from './probe.ts'

const types = [
  0n,
  1n,
  31n,
  32n,
  33n,
  35n,
  36n,
  39n,
  40n,
  41n,
  42n,
  43n,
  44n,
  47n,
  48n,
  49n,
  50n,
  51n,
  52n,
  53n,
  63n,
  64n,
  100n,
  255n,
  256n,
  0x128n,
  0x100000000n,
  0x80000000n,
  0x80000028n,
  0xffffffffffffffffn,
  0xffffffff00000028n,
]

/** KVM_ENABLE_CAP with one argument. */
export function enableCap(probe: Probe, fd: number, cap: number, arg = 0n, flags = 0): CallResult {
  return probe.ioctl(fd, KVM_ENABLE_CAP, probe.struct(kvm_enable_cap, { cap, flags, args: [arg] }))
}

/** The function `sys`. */
export function sys(probe: Probe): void {
  const kvm = probe.kvm.fd
  probe.grp = 'sys'
  probe.V({ t: 'page', v: Number(probe.PG) })
  probe.J(probe.ioctl(kvm, KVM_GET_API_VERSION, 0n), 'GET_API_VERSION 0')
  probe.J(probe.ioctl(kvm, KVM_GET_API_VERSION, 1n), 'GET_API_VERSION 1')
  probe.J(probe.ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0n), 'GET_VCPU_MMAP_SIZE 0')
  probe.J(probe.ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 1n), 'GET_VCPU_MMAP_SIZE 1')
  probe.J(probe.ioctl(kvm, 0xaeff), 'unknown sys ioctl')
  probe.J(probe.ioctl(kvm, 0xae08), 'KVM_TRACE_DISABLE? 0x08')
  const vm = probe.mkvm(0n)
  const value = ({ r, e }: CallResult): number => (e === undefined ? r : -errnoTable[e as ErrnoCode])
  const caps: Record<string, readonly [number, number]> = {}
  for (let i = 0; i < 260; i++) {
    const [a, c] = [kvm, vm].map((fd) => value(probe.ioctl(fd, KVM_CHECK_EXTENSION, BigInt(i))))
    if (a !== 0 || c !== 0) caps[i] = [a, c]
  }
  probe.V({ t: 'caps', v: caps })
  probe.close(vm)
  createVms(probe)
}

function createVms(probe: Probe): void {
  const { PG } = probe
  probe.grp = 'create_vm'
  for (const type of types) {
    const result = probe.call(() => probe.kvm.ioctl(KVM_CREATE_VM, type))
    probe.J(probe.made(result), `CREATE_VM type=${chex(type)}`)
    if (result.r < 0) continue
    const vm = result.r
    const p = probe.amem(PG)
    const limit = type === 0n ? 40n : type
    probe.J(probe.slot(vm, 0, 0, (1n << limit) - PG, PG, p), ` slot last page below 2^${limit}`)
    probe.J(probe.slot(vm, 1, 0, 1n << limit, PG, p), ` slot at 2^${limit}`)
    probe.J(probe.slot(vm, 2, 0, (1n << limit) - PG * 2n, PG * 4n, p), ` slot straddling 2^${limit}`)
    probe.close(vm)
  }
}

/** The function `mem`. */
export function mem(probe: Probe): void {
  const vm = probe.mkvm(0n)
  const p = probe.amem(64 << 20)
  memslots(probe, vm, p)
  dirty(probe, vm, p)
  ring(probe, p)
  caps(probe, p)
  probe.J(probe.ioctl(vm, 0xaeff), 'unknown vm ioctl')
  probe.close(vm)
  region2(probe, p)
  probe.process.memory.unmap(p)
}

function memslots(probe: Probe, vm: number, p: bigint): void {
  const { PG } = probe
  probe.grp = 'memslot'
  const J = (t: string, id: number, flags: number, gpa: bigint, size: bigint, hva: bigint): void =>
    probe.J(probe.slot(vm, id, flags, gpa, size, hva), t)
  const quiet = (id: number): unknown => probe.slot(vm, id, 0, 0n, 0n, 0n)
  J('create 16 pages', 0, 0, 0x40000000n, PG * 16n, p)
  J('identical', 0, 0, 0x40000000n, PG * 16n, p)
  J('flags->LOG_DIRTY', 0, 1, 0x40000000n, PG * 16n, p)
  J('flags->0', 0, 0, 0x40000000n, PG * 16n, p)
  J('flags->READONLY existing', 0, 2, 0x40000000n, PG * 16n, p)
  J('resize', 0, 0, 0x40000000n, PG * 32n, p)
  J('change hva', 0, 0, 0x40000000n, PG * 16n, p + PG)
  J('move base', 0, 0, 0x50000000n, PG * 16n, p)
  J('move back', 0, 0, 0x40000000n, PG * 16n, p)
  J('overlap create', 1, 0, 0x40000000n + PG * 15n, PG * 2n, p)
  J('adjacent create', 1, 0, 0x40000000n + PG * 16n, PG * 2n, p)
  J('move onto other', 1, 0, 0x40000000n + PG * 8n, PG * 2n, p)
  J('delete nonexist', 2, 0, 0n, 0n, p)
  J('delete existing size0', 1, 0, 0n, 0n, 0n)
  J('delete again', 1, 0, 0n, 0n, 0n)
  J('flag 4', 3, 4, 0x60000000n, PG, p)
  J('flag 8', 3, 8, 0x60000000n, PG, p)
  J('flags 3 RO+LOG', 3, 3, 0x60000000n, PG, p)
  J('del', 3, 0, 0n, 0n, 0n)
  J('gpa unaligned', 3, 0, 0x60000001n, PG, p)
  J('size unaligned', 3, 0, 0x60000000n, PG + 1n, p)
  J('hva unaligned', 3, 0, 0x60000000n, PG, p + 1n)
  J('size 4096', 3, 0, 0x60000000n, 4096n, p)
  quiet(3)
  J('kernel hva', 3, 0, 0x60000000n, PG, 0xffff000000000000n)
  J('tagged hva', 3, 0, 0x60000000n, PG, p | (1n << 56n))
  J('hva 0', 3, 0, 0x60000000n, PG, 0n)
  quiet(3)
  J('unmapped hva (unaligned to 16K?)', 3, 0, 0x60000000n, PG, 0x7ffff000n)
  quiet(3)
  J('gpa wrap', 3, 0, 0xffffffffffffffffn - PG + 1n, PG * 2n, p)
  J('slot 32766', 32766, 0, 0x70000000n, PG, p)
  J('slot 32767', 32767, 0, 0x71000000n, PG, p)
  J('slot 65535', 65535, 0, 0x71000000n, PG, p)
  J('as_id 1', 0x10000, 0, 0x71000000n, PG, p)
  J('npages 2^31', 4, 0, 0n, (1n << 31n) * PG, p)
  probe.J(probe.ioctl(vm, KVM_SET_USER_MEMORY_REGION, 8n), 'efault')
}

function dirty(probe: Probe, vm: number, p: bigint): void {
  const { PG } = probe
  probe.grp = 'dirty'
  const bm = probe.room(8192)
  const get = (slot: number, t: string): void =>
    probe.J(probe.ioctl(vm, KVM_GET_DIRTY_LOG, probe.struct(kvm_dirty_log, { slot, dirty_bitmap: bm })), t)
  const clear = (slot: number, num_pages: number, first_page: bigint): CallResult =>
    probe.ioctl(
      vm,
      KVM_CLEAR_DIRTY_LOG,
      probe.struct(kvm_clear_dirty_log, { slot, num_pages, first_page, dirty_bitmap: bm }),
    )
  get(0, 'GET on non-logging slot')
  get(9, 'GET absent slot')
  get(0x10000, 'GET as_id 1')
  get(40000, 'GET slot>=max')
  probe.J(probe.slot(vm, 5, 1, 0x80000000n, PG * 100n, p), 'create logging 100 pages')
  get(5, 'GET logging')
  probe.J(clear(5, 64, 0n), 'CLEAR 64@0 (cap off)')
  probe.J(enableCap(probe, vm, 168, 2n), 'ENABLE MANUAL args=2')
  probe.J(enableCap(probe, vm, 168, 4n), 'ENABLE MANUAL args=4')
  probe.J(enableCap(probe, vm, 168, 3n, 1), 'ENABLE MANUAL flags=1')
  probe.J(enableCap(probe, vm, 168, 3n), 'ENABLE MANUAL args=3')
  const clears: readonly (readonly [number, bigint, string])[] = [
    [64, 0n, '64@0'],
    [63, 0n, '63@0'],
    [100, 0n, '100@0'],
    [128, 0n, '128@0'],
    [36, 64n, '36@64'],
    [64, 64n, '64@64'],
    [64, 1n, '64@1'],
    [64, 128n, '64@128'],
    [0, 0n, '0@0'],
    [37, 64n, '37@64'],
    [0x80000000, 0n, '2^31@0'],
  ]
  for (const [pages, first, t] of clears) probe.J(clear(5, pages, first), `CLEAR ${t} of 100`)
  probe.J(clear(0, 16, 0n), 'CLEAR non-logging')
  probe.J(probe.slot(vm, 6, 1, 0x90000000n, PG * 100n, p), 'create logging INITIALLY_SET')
  probe.process.memory.bytes(bm, 8192).fill(0)
  get(6, 'GET')
  probe.V({ t: 'initially_set bitmap', v: [chex(probe.get64(bm)), chex(probe.get64(bm + 8n))] })
}

function ring(probe: Probe, p: bigint): void {
  const { PG } = probe
  probe.grp = 'ring'
  const withBitmap = (vm: number): CallResult => enableCap(probe, vm, 225)
  let vm = probe.mkvm(0n)
  probe.J(enableCap(probe, vm, 192, 65536n), 'ENABLE DIRTY_LOG_RING 65536')
  probe.J(enableCap(probe, vm, 223, 65535n), 'ACQ_REL 65535')
  probe.J(enableCap(probe, vm, 223, 0n), 'ACQ_REL 0')
  probe.J(enableCap(probe, vm, 223, 1024n), 'ACQ_REL 1024')
  probe.J(enableCap(probe, vm, 223, 65536n * 32n), 'ACQ_REL 2M')
  probe.J(enableCap(probe, vm, 223, 65536n), 'ACQ_REL 65536')
  probe.J(enableCap(probe, vm, 223, 65536n), 'ACQ_REL again')
  probe.slot(vm, 0, 1, 0x40000000n, PG * 16n, p)
  const log = probe.struct(kvm_dirty_log, { slot: 0, dirty_bitmap: probe.room(8192) })
  probe.J(probe.ioctl(vm, KVM_GET_DIRTY_LOG, log), 'GET_DIRTY_LOG with ring')
  probe.J(withBitmap(vm), 'WITH_BITMAP after slots')
  probe.J(probe.ioctl(vm, KVM_RESET_DIRTY_RINGS), 'RESET_DIRTY_RINGS')
  probe.close(vm)
  vm = probe.mkvm(0n)
  probe.J(probe.ioctl(vm, KVM_RESET_DIRTY_RINGS), 'RESET without ring')
  probe.J(withBitmap(vm), 'WITH_BITMAP without ring')
  const vc = probe.vcpu(vm, 0)
  probe.J(enableCap(probe, vm, 223, 65536n), 'ACQ_REL after vcpu')
  probe.close(vm)
  probe.close(vc)
}

function caps(probe: Probe, p: bigint): void {
  probe.grp = 'caps'
  const vm = probe.mkvm(0n)
  const J = (t: string, cap: number, arg: bigint, flags = 0): void => probe.J(enableCap(probe, vm, cap, arg, flags), t)
  J('EAGER_SPLIT 2M', 228, 0x200000n)
  J('EAGER_SPLIT 4K', 228, 0x1000n)
  J('EAGER_SPLIT 16K', 228, 0x4000n)
  J('EAGER_SPLIT 0', 228, 0n)
  J('EAGER_SPLIT 3M', 228, 0x300000n)
  J('EAGER_SPLIT 32M', 228, 0x2000000n)
  probe.slot(vm, 0, 0, 0x40000000n, probe.PG, p)
  J('EAGER_SPLIT after slot', 228, 0x200000n)
  J('NISV_TO_USER', 177, 0n)
  J('NISV flags=1', 177, 0n, 1)
  J('NISV args[0]=5', 177, 5n)
  J('unknown cap', 999, 5n)
  J('MTE', 205, 5n)
  J('SYSTEM_SUSPEND', 216, 5n)
  J('HALT_POLL', 182, 1000n)
  const vc = probe.vcpu(vm, 0)
  J('MTE after vcpu', 205, 1000n)
  probe.close(vm)
  probe.close(vc)
}

function region2(probe: Probe, p: bigint): void {
  const { PG } = probe
  probe.grp = 'region2'
  const vm = probe.mkvm(0n)
  const set = (slot: number, flags: number, gpa: bigint): CallResult =>
    probe.ioctl(
      vm,
      KVM_SET_USER_MEMORY_REGION2,
      probe.struct(kvm_userspace_memory_region2, {
        slot,
        flags,
        guest_phys_addr: gpa,
        memory_size: PG * 4n,
        userspace_addr: p,
      }),
    )
  probe.J(set(0, 0, 0x40000000n), 'REGION2 plain')
  probe.J(set(1, 4, 0x50000000n), 'REGION2 GUEST_MEMFD flag')
  const memfd = probe.struct(kvm_create_guest_memfd, { size: PG * 4n })
  probe.J(probe.made(probe.ioctl(vm, KVM_CREATE_GUEST_MEMFD, memfd)), 'CREATE_GUEST_MEMFD')
  const attributes = probe.struct(kvm_memory_attributes, { address: 0x40000000n, size: PG, attributes: 8n })
  probe.J(probe.ioctl(vm, KVM_SET_MEMORY_ATTRIBUTES, attributes), 'SET_MEMORY_ATTRIBUTES')
  probe.close(vm)
}
