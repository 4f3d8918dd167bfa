/** The VM that a visitor asks for, in the page's address so that a link reproduces it. */

import { cpuModels } from '@armvisor/cpu'
import { computeGeometry, GeometryError, type Granule, granules, type Stage2Geometry } from '@armvisor/stage2'
import { defaultIpaBits, maxIpaBits, minIpaBits } from '@armvisor/uapi'
import { checkMemorySize, hostIpaLimit, largestGuestBytes, MachineError } from '@armvisor/vmm'

/** Everything that the form asks for. */
export interface VmSettings {
  /** log2 of the IPA space; 0 for the default of 40. */
  readonly ipaBits: number
  readonly granule: Granule
  readonly memoryMiB: number
  readonly cpu: keyof typeof cpuModels
  readonly jit: JitMode
  /** Log writes of the guest, which maps its memory page by page. */
  readonly dirtyLog: boolean
}

/** How the CPU executes: `off` interprets everything. */
export type JitMode = 'on' | 'off'

/** Fields that a message can belong to. */
export type SettingsField = keyof VmSettings

/** What is wrong with which field, in one sentence. */
export interface SettingsProblem {
  readonly field: SettingsField
  readonly message: string
}

const defaultSettings: VmSettings = {
  ipaBits: 0,
  granule: '4K',
  memoryMiB: 256,
  cpu: 'armv8',
  jit: 'on',
  dirtyLog: false,
}

const pageBytesOf: Readonly<Record<Granule, number>> = { '4K': 0x1000, '16K': 0x4000, '64K': 0x10000 }

/** The IPA size that the VM will have. */
export function actualIpaBits({ ipaBits }: VmSettings): number {
  return ipaBits === 0 ? defaultIpaBits : ipaBits
}

/** Bytes of one stage-2 page. */
export function pageBytes({ granule }: VmSettings): number {
  return pageBytesOf[granule]
}

/** Checks the settings in the words of the libraries; undefined when such a VM can be made. */
export function checkSettings(settings: VmSettings): SettingsProblem | undefined {
  const { memoryMiB, granule } = settings
  const model = cpuModels[settings.cpu]
  const bits = actualIpaBits(settings)
  if (!Number.isInteger(bits) || bits < minIpaBits || bits > maxIpaBits) {
    return {
      field: 'ipaBits',
      message: `${settings.ipaBits} is no IPA size: KVM takes ${minIpaBits} to ${maxIpaBits}, or 0 for the default of ${defaultIpaBits}.`,
    }
  }
  try {
    computeGeometry({ ipaBits: bits, granule, lpa2: model.lpa2, paBits: model.paBits })
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error
    return { field: 'ipaBits', message: sentence(error.message) }
  }
  const limitBits = hostIpaLimit(model, granule)
  if (bits > limitBits) {
    return {
      field: 'ipaBits',
      message: `${bits} bits are above ${limitBits}, the limit of CPU ${model.name} with the ${granule} granule.`,
    }
  }
  if (!Number.isInteger(memoryMiB) || memoryMiB < 1) {
    return { field: 'memoryMiB', message: `${memoryMiB} is no size: give whole MiB from 1 on.` }
  }
  const memoryBytes = memoryMiB * 2 ** 20
  try {
    checkMemorySize(memoryBytes, bits, pageBytesOf[granule])
  } catch (error) {
    if (!(error instanceof MachineError)) throw error
    return {
      field: error.fault.kind === 'memory-beyond-ipa' ? 'ipaBits' : 'memoryMiB',
      message: sentence(error.message),
    }
  }
  const largestMiB = Math.floor(largestGuestBytes() / 2 ** 20)
  if (memoryMiB > largestMiB) {
    return {
      field: 'memoryMiB',
      message: `${memoryMiB} MiB are more than ${largestMiB} MiB, which is what a WebAssembly memory of 4 GiB has room for beside the hypervisor's own data.`,
    }
  }
  return undefined
}

/** The shape of the VM's stage-2 tables; undefined for settings that have none. */
export function geometryOf(settings: VmSettings): Stage2Geometry | undefined {
  const { lpa2, paBits } = cpuModels[settings.cpu]
  try {
    return computeGeometry({ ipaBits: actualIpaBits(settings), granule: settings.granule, lpa2, paBits })
  } catch (error) {
    if (error instanceof GeometryError) return undefined
    throw error
  }
}

/** Settings from the query of an address; what is missing or unknown has its default. */
export function parseSettings(query: string): VmSettings {
  const params = new URLSearchParams(query)
  const number = (name: string, otherwise: number): number => {
    const text = params.get(name)
    return text !== null && /^\d+$/.test(text) ? Number(text) : otherwise
  }
  const choice = <T extends string>(name: string, choices: readonly T[], otherwise: T): T =>
    choices.find((it) => it === params.get(name)) ?? otherwise
  return {
    ipaBits: number('ipa', defaultSettings.ipaBits),
    granule: choice('granule', granules, defaultSettings.granule),
    memoryMiB: number('memory', defaultSettings.memoryMiB),
    cpu: choice('cpu', Object.keys(cpuModels) as (keyof typeof cpuModels)[], defaultSettings.cpu),
    jit: choice('jit', ['on', 'off'], defaultSettings.jit),
    dirtyLog: choice('dirty', ['on', 'off'], 'off') === 'on',
  }
}

/** The query that {@link parseSettings} reads; only what differs from the defaults. */
export function formatSettings(settings: VmSettings, params = new URLSearchParams()): URLSearchParams {
  const write = (name: string, value: string, otherwise: string): void => {
    if (value === otherwise) params.delete(name)
    else params.set(name, value)
  }
  write('ipa', `${settings.ipaBits}`, `${defaultSettings.ipaBits}`)
  write('granule', settings.granule, defaultSettings.granule)
  write('memory', `${settings.memoryMiB}`, `${defaultSettings.memoryMiB}`)
  write('cpu', settings.cpu, defaultSettings.cpu)
  write('jit', settings.jit, defaultSettings.jit)
  write('dirty', settings.dirtyLog ? 'on' : 'off', 'off')
  return params
}

/** A library's message as a sentence of the page. */
function sentence(message: string): string {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  return text.endsWith('.') ? text : `${text}.`
}
