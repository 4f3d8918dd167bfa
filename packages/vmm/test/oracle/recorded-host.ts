/** The machine that the recordings were made on, as far as the kernel side asks: QEMU's `-cpu max` under Linux. */

import { Cpu, cpuModels } from '@armvisor/cpu'
import { decodeReg, sysRegIndex } from '@armvisor/uapi'
import { createKvmProcessWith, type KvmHost, type KvmProcess, type LinuxVersion } from '../../src/index.ts'
import type { CpuFactory, CpuModelPort } from '../../src/kernel/cpu-port.ts'
import type { ProbeRecord } from './probe.ts'

/** A clock that goes on by its own questions, so that a run is the same on every machine. */
function oracleHost(): KvmHost {
  let nowNs = 1e9
  return {
    monotonicNs: () => {
      nowNs += 100
      return nowNs
    },
    setTimer: () => () => {},
    yield: () => Promise.resolve(),
    fillRandom: (bytes) => bytes.fill(0xa5),
    realtimeNs: () => 1_700_000_000_000_000_000n,
  }
}

const PFR0 = sysRegIndex(3, 0, 0, 4, 0)
const MMFR0 = sysRegIndex(3, 0, 0, 7, 0)

/** Identification of the recording machine's CPU: from the list of registers, and where calls before had changed one, from there. */
function identification(records: readonly ProbeRecord[]): {
  readonly ids: ReadonlyMap<number, bigint>
  readonly caches: ReadonlyMap<number, bigint>
} {
  const ids = new Map<number, bigint>()
  const caches = new Map<number, bigint>()
  for (const { g, id, v } of records) {
    if (g !== 'reglist') continue
    const reg = decodeReg(BigInt(id as string))
    if (reg.class === 'demux') caches.set(reg.value, BigInt(v as string))
    if (reg.class !== 'sysreg') continue
    const index = sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
    const isId = reg.op0 === 3 && reg.CRn === 0 && (reg.CRm !== 0 || reg.op1 !== 0 || reg.op2 !== 5) && reg.op1 !== 2
    if (isId) ids.set(index, BigInt(v as string))
  }
  const told = (t: string): bigint => BigInt(records.find((record) => record.t === t)?.v as string)
  ids.set(PFR0, told('ID_AA64PFR0'))
  ids.set(MMFR0, told('ID_AA64MMFR0'))
  return { ids, caches }
}

/** A process on that machine. The CPU that runs its guests is ours. */
export function recordedProcess(options: {
  readonly records: readonly ProbeRecord[]
  readonly compat: LinuxVersion
  readonly granule?: '4K' | '16K'
}): KvmProcess {
  const { ids, caches } = identification(options.records)
  const cpuModel = cpuModels['armv8-lpa2']
  const model: CpuModelPort = {
    paBits: cpuModel.paBits,
    lpa2: cpuModel.lpa2,
    features: { sve: Array.from({ length: 16 }, (_, n) => n + 1), mte: true, pauth: true, pmu: true, ras: true },
    idRegisters: ids,
    caches,
  }
  const cpus: CpuFactory = {
    create: ({ memory, index, host }) => new Cpu({ memory, index, model: cpuModel, host, codeBytes: 2 << 20 }),
    connect: (group) => Cpu.connect(group as readonly Cpu[]),
  }
  return createKvmProcessWith({
    memoryBytes: 256 << 20,
    host: oracleHost(),
    model,
    cpus,
    compat: options.compat,
    hasGicv2: false,
    ...(options.granule && { granule: options.granule }),
    sliceBudget: 1000,
    sliceNs: 1e12,
    quirks: { mmioZeroExtends: true },
  })
}
