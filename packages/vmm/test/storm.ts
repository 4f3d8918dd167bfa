/** Random ioctls on live VMs: arguments that are right, nearly right, and wrong. Seeded, so that a run can be had again. */

import { Cpu, cpuModels, OutOfLinearMemoryError } from '@armvisor/cpu'
import * as uapi from '@armvisor/uapi'
import { encodeStruct, KvmError, layoutOf, type StructLayout } from '@armvisor/uapi'
import { ioctlTable } from '@armvisor/uapi/tables'
import { type CpuFactory, createKvmProcessWith, type KvmFd, type KvmHost, type KvmProcess } from '../src/index.ts'

/** Bytes of the regions that are watched, that guests have as memory, and that arguments lie in. */
const canaryBytes = 1 << 20
const ramBytes = 4 << 20
/** Slots begin in the first half and end in the second. */
const ramRegionBytes = 2 * ramBytes
const scratchBytes = 1 << 20
const canaryWord = 0xc0ffee5a
const maxFds = 48
const maxCpus = 6
const maxMappings = 24

/** What a storm did. */
export interface StormReport {
  readonly calls: number
  /** Calls by outcome: `ok` or an errno. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Distinct requests that succeeded at least once. */
  readonly succeeded: ReadonlySet<string>
}

/** Mulberry32: small, and good enough to choose arguments. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const structs = new Map(
  (Object.entries(uapi) as [string, unknown][]).filter(
    (entry): entry is [string, StructLayout] =>
      typeof entry[1] === 'object' && entry[1] !== null && 'kind' in entry[1] && 'fields' in entry[1],
  ),
)

interface Request {
  readonly name: string
  readonly number: number
  readonly layout: StructLayout | undefined
}

/** The requests of each kind of file, and all of them. */
const requestsOf = (kind: string): Request[] =>
  ioctlTable
    .filter(({ fds }) => kind === 'any' || fds.includes(kind as 'vm'))
    .map((row) => ({
      name: row.name,
      number: uapi.ioctlNumber(row),
      layout: structs.get(row.arg.replace('struct ', '')),
    }))
const requests: Readonly<Record<string, readonly Request[]>> = Object.fromEntries(
  ['sys', 'vm', 'vcpu', 'device', 'any'].map((kind) => [kind, requestsOf(kind)]),
)

/** A storm over one process. */
export class Storm {
  readonly process: KvmProcess
  readonly outcomes: Map<string, number> = new Map()
  readonly succeeded: Set<string> = new Set()
  calls = 0
  readonly #next: () => number
  readonly #canaries: readonly bigint[]
  readonly #ram: bigint
  readonly #scratch: bigint
  /** Open descriptors with their kind. */
  readonly #fds: { readonly fd: KvmFd; readonly kind: string }[] = []
  readonly #mappings: bigint[] = []
  readonly #largest: number

  constructor(seed: number) {
    this.#next = random(seed)
    let nowNs = 0
    const host: KvmHost = {
      monotonicNs: () => {
        nowNs += 2000
        return nowNs
      },
      setTimer: () => () => {},
      yield: () => Promise.resolve(),
      fillRandom: (bytes) => bytes.fill(7),
      realtimeNs: () => 1n,
    }
    const features = { sve: [1, 2, 4], mte: true, pauth: true, pmu: true, ras: true }
    const model = cpuModels['armv8-lpa2']
    const cpus: CpuFactory = {
      create: ({ memory, index, host: cpuHost }) => {
        // As many as there are when the storm begins: CPUs keep their memory for good.
        if (index >= maxCpus) throw new OutOfLinearMemoryError({ requestBytes: 1, freeBytes: 0, totalBytes: 0 })
        return new Cpu({ memory, index, model, host: cpuHost, codeBytes: 2 << 20 })
      },
      connect: (group) => Cpu.connect(group as readonly Cpu[]),
    }
    const kvmModel = { paBits: model.paBits, lpa2: model.lpa2, features }
    const timing = { sliceBudget: 50, sliceNs: 20_000 }
    this.process = createKvmProcessWith({ memoryBytes: 96 << 20, host, model: kvmModel, cpus, ...timing })
    this.#warmUp()
    this.#largest = this.#largestMapping()
    const { memory } = this.process
    const canaries: bigint[] = []
    const region = (sizeBytes: number): bigint => {
      canaries.push(memory.map(canaryBytes))
      return memory.map(sizeBytes)
    }
    this.#ram = region(ramRegionBytes)
    this.#scratch = region(scratchBytes)
    canaries.push(memory.map(canaryBytes))
    this.#canaries = canaries
    for (const canary of canaries) this.#watched(canary).fill(canaryWord)
    this.#loadGuest()
    this.#open()
  }

  /** Makes calls until `count` are made, or `isOver` says so. */
  run(count: number, isOver: () => boolean = () => false): StormReport {
    const end = this.calls + count
    while (this.calls < end && !isOver()) this.#step()
    return { calls: this.calls, outcomes: this.outcomes, succeeded: this.succeeded }
  }

  /** Words outside all that guests and arguments may reach that are no longer what they were. */
  brokenCanaries(): number {
    return this.#canaries.reduce(
      (sum, canary) => sum + this.#watched(canary).filter((word) => word !== canaryWord).length,
      0,
    )
  }

  /** Closes everything. What is left: descriptors that stay open, and bytes that cannot be mapped any more. */
  end(): { readonly openFds: number; readonly lostBytes: number } {
    const { memory } = this.process
    for (const { fd } of this.#fds.splice(0)) fd.close()
    for (const mapping of this.#mappings.splice(0)) memory.unmap(mapping)
    for (const mapping of [...this.#canaries, this.#ram, this.#scratch]) memory.unmap(mapping)
    return { openFds: this.process.openFds, lostBytes: this.#largest - this.#largestMapping() }
  }

  #step(): void {
    const kind = this.#pick(['ioctl', 'ioctl', 'ioctl', 'ioctl', 'ioctl', 'ioctl', 'ioctl', 'ioctl', 'other'] as const)
    if (kind === 'ioctl') this.#ioctl()
    else this.#other()
    if (this.#fds.length === 0) this.#open()
    while (this.#fds.length > maxFds) this.#closeOne()
  }

  #ioctl(): void {
    const { fd, kind } = this.#file()
    const isFitting = this.#chance(0.93)
    const known = requests[isFitting ? kind : 'any'] ?? requests['any']
    const request = this.#pick(known.length > 0 ? known : requests['any'])
    const number = this.#chance(0.02) ? this.#word() : request.number
    const arg = this.#argument(request)
    const outcome = this.#call(request.name, () => {
      const result = fd.ioctl(number, arg)
      this.#adopt(number, result, arg)
    })
    if (outcome === 'ok') this.succeeded.add(request.name)
  }

  /** A descriptor that a call made becomes one of the storm's. */
  #adopt(number: number, result: number, arg: bigint): void {
    const add = (fd: number, kind: string): void => {
      this.#fds.push({ fd: this.process.fd(fd), kind })
    }
    if (number === uapi.KVM_CREATE_VM) add(result, 'vm')
    else if (number === uapi.KVM_CREATE_VCPU) add(result, 'vcpu')
    else if (number === uapi.KVM_GET_STATS_FD) add(result, 'stats')
    else if (number === uapi.KVM_CREATE_DEVICE) {
      const view = this.#view(arg, 12)
      if ((view.getUint32(8, true) & 1) === 0) add(view.getUint32(4, true), 'device')
    }
  }

  #other(): void {
    const { memory } = this.process
    const { fd } = this.#pick(this.#fds)
    switch (this.#pick(['machine', 'mmap', 'mmap', 'unmap', 'read', 'write', 'close', 'eventfd', 'open'] as const)) {
      case 'machine':
        this.#machine()
        return
      case 'mmap':
        if (this.#mappings.length >= maxMappings) return
        this.#call('mmap', () => {
          const page = memory.pageBytes
          const offset = this.#pick([0, 0, 1, 2, 64, 65, 1000]) * page + (this.#chance(0.05) ? 1 : 0)
          const length = this.#pick([0, 1, page, 2 * page, 3 * page, 16 * page])
          this.#mappings.push(fd.mmap(length, { prot: this.#int(8), flags: this.#int(3), offset }))
        })
        return
      case 'unmap': {
        const [mapping] = this.#mappings.splice(this.#int(this.#mappings.length + 1), 1)
        this.#call('munmap', () => memory.unmap(mapping ?? this.#pointer()))
        return
      }
      case 'read':
        this.#call('read', () =>
          fd.read(this.#pointer(), this.#int(5000), this.#chance(0.5) ? this.#int(3000) : undefined),
        )
        return
      case 'write':
        this.#call('write', () => fd.write(this.#pointer(), this.#int(64)))
        return
      case 'close':
        this.#closeOne()
        return
      case 'eventfd':
        this.#call('eventfd', () =>
          this.#fds.push({ fd: this.process.eventfd(this.#int(3), this.#int(2)), kind: 'eventfd' }),
        )
        return
      default:
        this.#open()
    }
  }

  /** A file, seldom one that takes no requests. */
  #file(): { readonly fd: KvmFd; readonly kind: string } {
    const file = this.#pick(this.#fds)
    return file.kind in requests || this.#chance(0.1) ? file : this.#pick(this.#fds)
  }

  /** A VM that can run: memory, a vCPU at the program, often a GIC. */
  #machine(): void {
    const room = this.#scratch
    const put = (layout: StructLayout, value: object): bigint => {
      const bytes = encodeStruct(layout, value as never)
      this.process.memory.bytes(room, bytes.length).set(bytes)
      return room
    }
    this.#call('a machine', () => {
      const kvm = this.#fds.find(({ kind }) => kind === 'sys')
      if (kvm === undefined) return
      const vm = this.process.fd(kvm.fd.ioctl(uapi.KVM_CREATE_VM, this.#pick([0n, 33n, 52n])))
      this.#fds.push({ fd: vm, kind: 'vm' })
      if (this.#chance(0.3)) vm.ioctl(uapi.KVM_ENABLE_CAP, put(uapi.kvm_enable_cap, { cap: 223, args: [4096n] }))
      const region = { guest_phys_addr: 0x40000000n, memory_size: BigInt(ramBytes), userspace_addr: this.#ram }
      vm.ioctl(
        uapi.KVM_SET_USER_MEMORY_REGION,
        put(uapi.kvm_userspace_memory_region, { ...region, flags: this.#pick([0, 1]) }),
      )
      const vcpu = this.process.fd(vm.ioctl(uapi.KVM_CREATE_VCPU))
      this.#fds.push({ fd: vcpu, kind: 'vcpu' })
      if (this.#chance(0.6)) {
        vm.ioctl(uapi.KVM_CREATE_DEVICE, put(uapi.kvm_create_device, { type: 7 }))
        const gic = this.process.fd(this.#view(room, 12).getUint32(4, true))
        this.#fds.push({ fd: gic, kind: 'device' })
        for (const [attr, address] of [
          [2n, 0x8000000n],
          [3n, 0x80a0000n],
        ] as const) {
          this.#view(room + 64n, 8).setBigUint64(0, address, true)
          gic.ioctl(uapi.KVM_SET_DEVICE_ATTR, put(uapi.kvm_device_attr, { group: 0, attr, addr: room + 64n }))
        }
        gic.ioctl(uapi.KVM_SET_DEVICE_ATTR, put(uapi.kvm_device_attr, { group: 4, attr: 0n }))
      }
      vcpu.ioctl(uapi.KVM_ARM_VCPU_INIT, put(uapi.kvm_vcpu_init, { target: 5, features: [4] }))
      this.#view(room + 64n, 8).setBigUint64(0, 0x40000000n, true)
      vcpu.ioctl(uapi.KVM_SET_ONE_REG, put(uapi.kvm_one_reg, { id: uapi.coreReg('pc'), addr: room + 64n }))
    })
  }

  #open(): void {
    this.#call('open', () => this.#fds.push({ fd: this.process.open('/dev/kvm'), kind: 'sys' }))
  }

  #closeOne(): void {
    const [{ fd }] = this.#fds.splice(this.#int(this.#fds.length), 1)
    this.#call('close', () => fd.close())
  }

  /** Anything thrown that is no errno ends the storm. */
  #call(name: string, action: () => unknown): string {
    this.calls++
    let outcome = 'ok'
    try {
      action()
    } catch (error) {
      if (!(error instanceof KvmError))
        throw new Error(`call ${this.calls}, ${name}: ${String(error)}`, { cause: error })
      outcome = error.code
    }
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
    return outcome
  }

  #argument({ name, layout }: Request): bigint {
    if (this.#chance(0.03)) return this.#chance(0.5) ? this.#pointer() : this.#value(64)
    if (layout === undefined) return this.#plainArgument(name)
    const at = this.#scratch + BigInt(this.#int((scratchBytes - 0x8000) / 16) * 16)
    this.#fill(layout, this.#view(at, 0x8000), 0)
    return at
  }

  #plainArgument(name: string): bigint {
    switch (name) {
      case 'KVM_CREATE_VM':
        return this.#pick([0n, 32n, 36n, 40n, 48n, 52n, this.#value(64)])
      case 'KVM_CREATE_VCPU':
        return BigInt(this.#pick([0, 1, 2, 3, 511, 512]))
      case 'KVM_CHECK_EXTENSION':
        return BigInt(this.#int(260))
      case 'KVM_ARM_VCPU_FINALIZE': {
        this.#view(this.#scratch, 4).setUint32(0, this.#pick([4, 4, 3, 0]), true)
        return this.#scratch
      }
      default:
        return this.#chance(0.8) ? 0n : this.#pointer()
    }
  }

  #fill(layout: StructLayout, view: DataView, base: number): void {
    for (const { name, offset, sizeBytes, scalar, count, nested } of layoutOf(layout).fields) {
      const at = base + offset
      if (nested !== undefined) {
        const times = count === Number.POSITIVE_INFINITY ? this.#int(3) : (count ?? 1)
        for (let i = 0; i < times; i++) this.#fill(nested, view, at + i * layoutOf(nested).sizeBytes)
        continue
      }
      const isReserved = /pad|reserved|^_/.test(name)
      const elements = count === Number.POSITIVE_INFINITY ? 8 : (count ?? 1)
      const bytes = { u8: 1, s8: 1, u16: 2, s16: 2, u32: 4, s32: 4, u64: 8, s64: 8, u128: 16 }[scalar ?? 'u8']
      for (let i = 0; i < elements && i * bytes <= Math.max(sizeBytes, 64); i++) {
        // Only the first word of features has bits that exist.
        const isMostlyZero = isReserved || (name === 'features' && i > 0)
        const value = isMostlyZero && this.#chance(0.97) ? 0n : this.#fieldValue(layout.name ?? '', name, bytes * 8)
        for (let k = 0; k < bytes; k++) view.setUint8(at + i * bytes + k, Number((value >> BigInt(8 * k)) & 0xffn))
      }
    }
  }

  /** A value that the field is likely to take, or nearly. */
  #fieldValue(struct: string, field: string, bits: number): bigint {
    // A random size must not be one that a slot could have: it would reach beyond the guests' memory.
    if (this.#chance(0.08)) return field === 'memory_size' ? this.#value(bits) | 1n : this.#value(bits)
    switch (field) {
      case 'target':
        return 5n
      case 'features':
        return this.#pick([4n, 4n, 4n, 0n, 5n, 12n, 20n, 0x64n, 0x7en])
      case 'userspace_addr':
        return this.#ram + BigInt(this.#int(ramBytes / 4096)) * 4096n
      case 'guest_phys_addr':
      case 'guest_ipa':
        return this.#pick([0x40000000n, 0x40000000n, 0x40100000n, 0x80000000n, 0n, 1n << 36n])
      case 'memory_size':
      case 'length':
        return this.#pick([0n, 4096n, 0x100000n, 0x200000n, 0x400000n])
      case 'slot':
        return BigInt(this.#int(5))
      case 'flags':
      case 'control':
        return this.#pick([0n, 0n, 1n, 2n, 3n, 4n])
      case 'addr':
        return this.#addrValue(struct)
      case 'dirty_bitmap':
        return this.#pointer()
      case 'num_pages':
        return BigInt(this.#pick([0, 64, 128, 256, 1024]))
      case 'first_page':
        return BigInt(this.#int(4) * 64)
      case 'cap':
        return BigInt(this.#pick([168, 177, 182, 205, 216, 223, 225, 228, this.#int(260)]))
      case 'args':
        return this.#pick([0n, 1n, 3n, 4096n, 65536n, 0x200000n])
      case 'type':
        return struct === 'kvm_create_device' ? BigInt(this.#pick([7, 7, 8, 4, 5])) : BigInt(this.#int(4))
      case 'fd':
      case 'resamplefd':
        return BigInt(this.#pick(this.#fds).fd.fd)
      case 'group':
        return BigInt(this.#int(9))
      case 'attr':
        return this.#pick([0n, 1n, 2n, 3n, 4n, 5n, 8n, 0x100n, 0xffe8n, 1n << 32n, 0x6000n])
      case 'id':
        return this.#registerId()
      case 'irq':
        return BigInt((this.#int(4) << 24) | (this.#int(2) << 16) | this.#pick([0, 1, 16, 27, 32, 40, 1023]))
      case 'gsi':
      case 'pin':
        return BigInt(this.#int(16))
      case 'nr':
      case 'n':
        return BigInt(this.#pick([0, 1, 2, 300, 4096]))
      case 'len':
        return BigInt(this.#pick([0, 1, 2, 4, 8]))
      case 'mp_state':
        return BigInt(this.#pick([0, 0, 5, 10]))
      default:
        return this.#chance(0.5) ? 0n : this.#value(Math.min(bits, 32))
    }
  }

  #addrValue(struct: string): bigint {
    const isGuest =
      struct === 'kvm_ioeventfd' || struct === 'kvm_coalesced_mmio_zone' || struct === 'kvm_arm_device_addr'
    if (isGuest) return this.#pick([0x9000000n, 0x9000008n, 0xa000000n])
    const at = this.#pointer()
    if (this.#chance(0.9) && at >= this.#scratch && at < this.#scratch + BigInt(scratchBytes - 64)) {
      const word = this.#pick([
        0x8000000n,
        0x80a0000n,
        (2n << 52n) | 0x8100000n,
        64n,
        128n,
        27n,
        0x40000040n,
        this.#value(64),
      ])
      this.#view(at & ~7n, 8).setBigUint64(0, word, true)
      return at & ~7n
    }
    return at
  }

  #registerId(): bigint {
    const size = this.#pick([2n, 3n, 3n, 3n, 4n, 6n, 8n])
    const coproc = this.#pick([0x10n, 0x11n, 0x13n, 0x13n, 0x14n, 0x15n, 0x16n])
    const index = this.#pick([
      0n,
      2n,
      0x40n,
      0x42n,
      0x54n,
      0xc005n,
      0xc020n,
      0xc080n,
      0xdf1an,
      0xffffn,
      this.#value(16),
    ])
    return (0x60n << 56n) | (size << 52n) | (coproc << 16n) | index
  }

  /** Mostly into the region for arguments; sometimes null, unmapped, at its end, or into a mapped file. */
  #pointer(): bigint {
    if (this.#chance(0.85)) return this.#scratch + BigInt(this.#int(scratchBytes - 0x2000))
    return this.#pick([
      0n,
      8n,
      this.#scratch + BigInt(scratchBytes) - 4n,
      this.#mappings.length > 0 ? this.#pick(this.#mappings) : 0n,
      0x7fff_ffff_f000n,
      0xffff_ffff_ffff_fff8n,
    ])
  }

  #value(bits: number): bigint {
    const wide = (BigInt(this.#word()) << 32n) | BigInt(this.#word())
    const shaped = this.#pick([
      wide,
      wide & 0xffn,
      1n << BigInt(this.#int(64)),
      (1n << BigInt(this.#int(64))) - 1n,
      ~0n,
    ])
    const value = BigInt.asUintN(bits, shaped)
    // A random address must not be one of the watched regions, which the kernel may then rightly write to.
    const isWatched = this.#canaries?.some((canary) => value >= canary && value < canary + BigInt(canaryBytes))
    return isWatched ? 0n : value
  }

  /** Every CPU is made once, so that memory that CPUs keep for good is not counted as lost. */
  #warmUp(): void {
    const { memory } = this.process
    const kvm = this.process.open('/dev/kvm')
    const vm = this.process.fd(kvm.ioctl(uapi.KVM_CREATE_VM))
    const at = memory.map(4096)
    this.#view(at, 32).setUint32(0, 5, true)
    const vcpus: KvmFd[] = []
    try {
      for (let id = 0; id < 64; id++) {
        const vcpu = this.process.fd(vm.ioctl(uapi.KVM_CREATE_VCPU, BigInt(id)))
        vcpus.push(vcpu)
        vcpu.ioctl(uapi.KVM_ARM_VCPU_INIT, at)
      }
    } catch (error) {
      if (!(error instanceof KvmError && error.code === 'ENOMEM')) throw error
    }
    for (const fd of [...vcpus, vm, kvm]) fd.close()
    memory.unmap(at)
  }

  #largestMapping(): number {
    const { memory } = this.process
    let [low, high] = [0, 128 << 20]
    while (high - low > 4096) {
      const middle = Math.floor((low + high) / 8192) * 4096
      try {
        memory.unmap(memory.map(middle))
        low = middle
      } catch {
        high = middle
      }
    }
    return low
  }

  /** Code that stores, loads from devices, calls the hypervisor and waits, over and over. */
  #loadGuest(): void {
    const words = [
      0xd2a12001, // movz x1, #0x900, lsl #16
      0xd2a80102, // movz x2, #0x4008, lsl #16
      0xf9000042, // str x2, [x2]
      0x91400442, // add x2, x2, #1, lsl #12
      0xb9000022, // str w2, [x1]
      0xb9400023, // ldr w3, [x1]
      0xd2b08000, // movz x0, #0x8400, lsl #16
      0xd4000002, // hvc #0
      0xd503207f, // wfi
      0x17fffff9, // b back to the store
    ]
    const ram = this.#words(this.#ram, ramBytes)
    for (let page = 0; page < ramBytes / 4096; page++) ram.set(words, page * 1024)
  }

  /** A canary without its first pages: mappings may be neighbours, and a structure at the end of one goes on in the next. */
  #watched(canary: bigint): Uint32Array {
    const slackBytes = 0x4000
    return this.#words(canary + BigInt(slackBytes), canaryBytes - slackBytes)
  }

  #words(at: bigint, sizeBytes: number): Uint32Array {
    const bytes = this.process.memory.bytes(at, sizeBytes)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, sizeBytes / 4)
  }

  #view(at: bigint, sizeBytes: number): DataView {
    const bytes = this.process.memory.bytes(at, sizeBytes)
    return new DataView(bytes.buffer, bytes.byteOffset, sizeBytes)
  }

  #word(): number {
    return Math.floor(this.#next() * 4294967296)
  }
  #int(below: number): number {
    return Math.floor(this.#next() * below)
  }
  #chance(probability: number): boolean {
    return this.#next() < probability
  }
  #pick<T>(values: readonly T[]): T {
    return values[this.#int(values.length)] as T
  }
}
