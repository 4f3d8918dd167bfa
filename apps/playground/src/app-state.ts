/** What the whole page shares: settings, guest, VM, what is looked at. */

import { signal } from '@preact/signals'
import { embedded } from './guests.ts'
import { checkSettings, formatSettings, parseSettings, type VmSettings } from './settings.ts'
import type { Guest } from './vm/protocol.ts'
import { VmClient } from './vm/vm-client.ts'

/** Parts of the page beside the console. */
export const views = ['console', 'machine', 'tables', 'space', 'faults'] as const
export type View = (typeof views)[number]

export const vm = new VmClient()
export const settings = signal<VmSettings>(parseSettings(location.search))
export const guest = signal<Guest>(embedded)
export const view = signal<View>('console')

/** Changes settings, and the address of the page with them. */
export function changeSettings(changes: Partial<VmSettings>): void {
  settings.value = { ...settings.value, ...changes }
  const query = formatSettings(settings.value, new URLSearchParams(location.search)).toString()
  history.replaceState(null, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`)
}

/** Starts the VM that is asked for; wrong settings say so in the form instead. */
export function startVm(): void {
  if (checkSettings(settings.value) === undefined) vm.start(settings.value, guest.value)
  else view.value = 'machine'
}
