// biome-ignore-all format: the columns are the table
/** Memory map and interrupt numbers of the `virt` machine. [QEMU-VIRT] hw/arm/virt.c base_memmap, a15irqmap. */

import { minIpaBits } from '@armvisor/uapi'
import { formatAddress, formatSize } from './format-size.ts'
import { MachineError } from './machine-error.ts'

/** One region of the map; `sizeBytes` is what is set aside, `spi` the number of its shared interrupt (INTID - 32). */
export interface MapRegion {
  readonly base: number
  readonly sizeBytes: number
  readonly spi?: number
}

/**
 * Where everything is. Regions of devices that this machine does not have yet are listed too, so that nothing else goes there:
 * accesses to them read as zero.
 */
export const memoryMap = {
  flash:        { base: 0x0000_0000, sizeBytes: 0x0800_0000 },
  gicDist:      { base: 0x0800_0000, sizeBytes: 0x0001_0000 },
  gicCpu:       { base: 0x0801_0000, sizeBytes: 0x0001_0000 },
  gicIts:       { base: 0x0808_0000, sizeBytes: 0x0002_0000 },
  gicRedist:    { base: 0x080a_0000, sizeBytes: 0x00f6_0000 },
  uart:         { base: 0x0900_0000, sizeBytes: 0x0000_1000, spi: 1 },
  rtc:          { base: 0x0901_0000, sizeBytes: 0x0000_1000, spi: 2 },
  firmwareCfg:  { base: 0x0902_0000, sizeBytes: 0x0000_0018 },
  gpio:         { base: 0x0903_0000, sizeBytes: 0x0000_1000, spi: 7 },
  virtioMmio:   { base: 0x0a00_0000, sizeBytes: 0x0000_4000, spi: 16 }, // 32 of 0x200 bytes, SPIs 16 to 47
  platformBus:  { base: 0x0c00_0000, sizeBytes: 0x0200_0000, spi: 112 },
  pcieMmio:     { base: 0x1000_0000, sizeBytes: 0x2eff_0000, spi: 3 },
  pciePio:      { base: 0x3eff_0000, sizeBytes: 0x0001_0000 },
  pcieEcam:     { base: 0x3f00_0000, sizeBytes: 0x0100_0000 },
  ram:          { base: 0x4000_0000, sizeBytes: 0xf_ffff_c000_0000 }, // to the end of 52 bits
} as const

/** Private interrupts, as PPI numbers (INTID - 16). [BSA] §3.6 */
export const privateInterrupts = {
  secureTimer: 13,
  physicalTimer: 14,
  virtualTimer: 11,
  hypervisorTimer: 10,
} as const

/** Two frames of 64 KiB per CPU. [GICv3] 12.10 */
export const redistributorBytes = 0x2_0000

/** CPUs that fit the redistributor region: 123. */
export const maxCpus: number = memoryMap.gicRedist.sizeBytes / redistributorBytes

/** CPUs that a GICv2 reaches. [GICv2] §2.1 */
export const maxGicv2Cpus = 8

/** Frequency of the clock that the peripherals are told of. */
export const peripheralClockHz = 24_000_000

/** An IPA size and why it is that. */
export interface IpaBitsChoice {
  readonly bits: number
  /** One clause for people, without a full stop. */
  readonly reason: string
}

/** The smallest legal IPA size for this much memory: room for its last byte, and no less than what KVM allows. */
export function smallestIpaBits(memoryBytes: number): IpaBitsChoice {
  const end = memoryMap.ram.base + memoryBytes
  const bits = bitsOfLastByte(end)
  const where = `RAM of ${formatSize(memoryBytes)} at ${formatAddress(memoryMap.ram.base)} ends at ${formatAddress(end - 1)}`
  return bits >= minIpaBits
    ? { bits, reason: `${where}, which takes ${bits} bits` }
    : { bits: minIpaBits, reason: `${where}, which takes ${bits} bits, and ${minIpaBits} is the smallest size there is` }
}

/**
 * Checks a memory size against the host's page and the IPA size (the real one: 40 where the default was asked for).
 *
 * @throws {@link MachineError} memory-size, memory-beyond-ipa
 */
export function checkMemorySize(memoryBytes: number, ipaBits: number, pageBytes: number): void {
  const { base, sizeBytes: limitBytes } = memoryMap.ram
  if (!(memoryBytes > 0 && memoryBytes <= limitBytes && memoryBytes % pageBytes === 0)) {
    throw new MachineError({ kind: 'memory-size', memoryBytes, granuleBytes: pageBytes, limitBytes })
  }
  if (base + memoryBytes > 2 ** ipaBits) {
    throw new MachineError({
      kind: 'memory-beyond-ipa',
      memoryBytes,
      memoryBase: base,
      ipaBits,
      neededBits: smallestIpaBits(memoryBytes).bits,
      fittingBytes: Math.max(0, 2 ** ipaBits - base),
    })
  }
}

function bitsOfLastByte(end: number): number {
  let bits = 0
  while (2 ** bits < end) bits++
  return bits
}
