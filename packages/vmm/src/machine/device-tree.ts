/** Device tree of the `virt` machine. [DT]; bindings as [QEMU-VIRT] writes them. */

import { type FdtNode, type FdtProperties, fdtCells, fdtEmpty, fdtNode, fdtStrings, fdtU64s } from '../boot/fdt/node.ts'
import { type MapRegion, memoryMap, peripheralClockHz, privateInterrupts, redistributorBytes } from './memory-map.ts'
import type { GicVersion } from './vgic.ts'

/** What the tree depends on. */
export interface DeviceTreeFacts {
  readonly memoryBytes: number
  /** MPIDR_EL1 of each CPU, in order; of it the affinity fields count. */
  readonly mpidrs: readonly bigint[]
  /** `compatible` of the CPUs. */
  readonly cpuCompatible: string
  readonly commandLine: string
  readonly gicVersion: GicVersion
  /** The GICv3 has an ITS. */
  readonly its: boolean
  readonly initrd: { readonly address: number; readonly end: number } | undefined
  /** 8 bytes. */
  readonly kaslrSeed: Uint8Array
  /** 32 bytes. */
  readonly rngSeed: Uint8Array
}

const GIC_SPI = 0
const GIC_PPI = 1
const LEVEL_HIGH = 4

/** Function ids of PSCI 0.2 for AArch64. [PSCI] §5.1; the kernel uses them only where `compatible` is "arm,psci". */
const psciFunctions = { cpu_suspend: 0xc400_0001, cpu_off: 0x8400_0002, cpu_on: 0xc400_0003, migrate: 0xc400_0005 }

const phandles = { gic: 1, clock: 2, its: 3, firstCpu: 0x10 }

/** MPIDR_EL1's affinity fields: Aff3 in [39:32], Aff2 to Aff0 in [23:0]. */
const affinityMask = 0xff_00ff_ffffn

/** Builds the tree. It describes only what the machine has: no PCIe, flash, GPIO or firmware configuration device. */
export function virtDeviceTree(facts: DeviceTreeFacts): FdtNode {
  return fdtNode(
    '',
    {
      'interrupt-parent': fdtCells(phandles.gic),
      model: fdtStrings('linux,dummy-virt'),
      '#size-cells': fdtCells(2),
      '#address-cells': fdtCells(2),
      compatible: fdtStrings('linux,dummy-virt'),
    },
    [
      chosen(facts),
      fdtNode(`memory@${hex(memoryMap.ram.base)}`, {
        device_type: fdtStrings('memory'),
        reg: fdtU64s(memoryMap.ram.base, facts.memoryBytes),
      }),
      cpus(facts),
      fdtNode('psci', {
        compatible: fdtStrings('arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'),
        method: fdtStrings('hvc'),
        ...mapValues(psciFunctions, fdtCells),
      }),
      timer(facts),
      interruptController(facts),
      fdtNode('apb-pclk', {
        compatible: fdtStrings('fixed-clock'),
        '#clock-cells': fdtCells(0),
        'clock-frequency': fdtCells(peripheralClockHz),
        'clock-output-names': fdtStrings('clk24mhz'),
        phandle: fdtCells(phandles.clock),
      }),
      primecell('pl011', memoryMap.uart, ['uartclk', 'apb_pclk']),
      primecell('pl031', memoryMap.rtc, ['apb_pclk']),
    ],
  )
}

function chosen({ commandLine, initrd, kaslrSeed, rngSeed }: DeviceTreeFacts): FdtNode {
  return fdtNode('chosen', {
    bootargs: fdtStrings(commandLine),
    'stdout-path': fdtStrings(`/pl011@${hex(memoryMap.uart.base)}`),
    ...(initrd === undefined
      ? {}
      : { 'linux,initrd-start': fdtU64s(initrd.address), 'linux,initrd-end': fdtU64s(initrd.end) }),
    'kaslr-seed': kaslrSeed,
    'rng-seed': rngSeed,
  })
}

function cpus({ mpidrs, cpuCompatible }: DeviceTreeFacts): FdtNode {
  const affinities = mpidrs.map((mpidr) => mpidr & affinityMask)
  // Two cells only where Aff3 needs them. [DT] bindings, arm/cpus.yaml
  const isWide = affinities.some((affinity) => affinity > 0xffff_ffffn)
  const nodes = affinities.map((affinity, i) =>
    fdtNode(`cpu@${affinity.toString(16)}`, {
      device_type: fdtStrings('cpu'),
      compatible: fdtStrings(cpuCompatible),
      'enable-method': fdtStrings('psci'),
      reg: isWide ? fdtU64s(Number(affinity)) : fdtCells(Number(affinity)),
      phandle: fdtCells(phandles.firstCpu + i),
    }),
  )
  const cores = affinities.map((_, i) => fdtNode(`core${i}`, { cpu: fdtCells(phandles.firstCpu + i) }))
  const map = fdtNode('cpu-map', {}, [fdtNode('socket0', {}, [fdtNode('cluster0', {}, cores)])])
  return fdtNode('cpus', { '#size-cells': fdtCells(0), '#address-cells': fdtCells(isWide ? 2 : 1) }, [map, ...nodes])
}

/** PPIs of a GICv2 name the CPUs that have them. [DT] bindings, arm,gic.yaml */
function timer({ gicVersion, mpidrs }: DeviceTreeFacts): FdtNode {
  const flags = LEVEL_HIGH | (gicVersion === 2 ? ((1 << mpidrs.length) - 1) << 8 : 0)
  const { secureTimer, physicalTimer, virtualTimer, hypervisorTimer } = privateInterrupts
  return fdtNode('timer', {
    compatible: fdtStrings('arm,armv8-timer', 'arm,armv7-timer'),
    interrupts: fdtCells(
      ...[secureTimer, physicalTimer, virtualTimer, hypervisorTimer].flatMap((ppi) => [GIC_PPI, ppi, flags]),
    ),
    'always-on': fdtEmpty,
  })
}

function interruptController({ gicVersion, its, mpidrs }: DeviceTreeFacts): FdtNode {
  const { gicDist, gicCpu, gicRedist, gicIts } = memoryMap
  const isV2 = gicVersion === 2
  const second = isV2 ? [gicCpu.base, gicCpu.sizeBytes] : [gicRedist.base, redistributorBytes * mpidrs.length]
  const children = its
    ? [
        fdtNode(`its@${hex(gicIts.base)}`, {
          compatible: fdtStrings('arm,gic-v3-its'),
          'msi-controller': fdtEmpty,
          '#msi-cells': fdtCells(1),
          reg: fdtU64s(gicIts.base, gicIts.sizeBytes),
          phandle: fdtCells(phandles.its),
        }),
      ]
    : []
  return fdtNode(
    `intc@${hex(gicDist.base)}`,
    {
      compatible: fdtStrings(isV2 ? 'arm,cortex-a15-gic' : 'arm,gic-v3'),
      '#interrupt-cells': fdtCells(3),
      'interrupt-controller': fdtEmpty,
      '#address-cells': fdtCells(2),
      '#size-cells': fdtCells(2),
      ranges: fdtEmpty,
      reg: fdtU64s(gicDist.base, gicDist.sizeBytes, ...second),
      ...(isV2 ? {} : { '#redistributor-regions': fdtCells(1) }),
      phandle: fdtCells(phandles.gic),
    },
    children,
  )
}

function primecell(name: string, region: MapRegion & { readonly spi: number }, clockNames: readonly string[]): FdtNode {
  return fdtNode(`${name}@${hex(region.base)}`, {
    compatible: fdtStrings(`arm,${name}`, 'arm,primecell'),
    reg: fdtU64s(region.base, region.sizeBytes),
    interrupts: fdtCells(GIC_SPI, region.spi, LEVEL_HIGH),
    clocks: fdtCells(...clockNames.map(() => phandles.clock)),
    'clock-names': fdtStrings(...clockNames),
  })
}

function mapValues(record: Readonly<Record<string, number>>, encode: (value: number) => Uint8Array): FdtProperties {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, encode(value)]))
}

function hex(address: number): string {
  return address.toString(16)
}
