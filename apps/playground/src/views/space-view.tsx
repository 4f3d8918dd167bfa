/** The IPA space: slots, devices and mappings to zoom into, the walk to an address, what is mapped as a list. */

import { formatBytes } from '@armvisor/stage2'
import type { TableRun } from '@armvisor/stage2/inspect'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { vm } from '../app-state.ts'
import { formatHex } from '../format.ts'
import { pageBytes } from '../settings.ts'
import { fit, pan, type Window, wholeSpace, zoom } from '../stage2/window.ts'
import type { AddressRange, VmFacts } from '../vm/protocol.ts'
import { HeatMap } from './heat-map.tsx'
import { SpaceMap } from './space-map.tsx'
import { WalkView } from './walk-view.tsx'

export function SpaceView(): JSX.Element {
  const facts = vm.facts.value
  if (facts === undefined) return <p class="hint">There is no VM to look into: start one.</p>
  return <Space key={`${facts.vttbr}-${facts.guest}`} facts={facts} />
}

function Space({ facts }: { facts: VmFacts }): JSX.Element {
  const { ipaBits, slots, devices } = facts
  const page = pageBytes(facts.settings)
  const ram = slots[0]
  const everything = fit(0, (ram?.base ?? 0) + (ram?.sizeBytes ?? 0), ipaBits, page)
  const window = useSignal<Window>(everything)
  const address = useSignal<number>(ram?.base ?? 0)
  const runs = vm.status.value?.runs ?? []
  const middle = window.value.base + window.value.sizeBytes / 2
  const look = (ipa: number): void => {
    address.value = ipa
    vm.walk(BigInt(ipa))
  }
  return (
    <>
      <div class="buttons">
        <Move name="Whole space" to={() => wholeSpace(ipaBits)} window={window} />
        <Move name="Machine" to={() => everything} window={window} />
        {ram !== undefined && (
          <Move name="RAM" to={() => fit(ram.base, ram.sizeBytes, ipaBits, page)} window={window} />
        )}
        <Move name="Zoom in" to={(now) => zoom(now, 4, middle, ipaBits, page)} window={window} />
        <Move name="Zoom out" to={(now) => zoom(now, 1 / 4, middle, ipaBits, page)} window={window} />
        <Move name="Left" to={(now) => pan(now, -0.5, ipaBits, page)} window={window} />
        <Move name="Right" to={(now) => pan(now, 0.5, ipaBits, page)} window={window} />
      </div>
      <SpaceMap
        window={window.value}
        slots={slots}
        devices={devices}
        runs={runs}
        address={address.value}
        onPick={look}
        onZoom={(factor, about) => {
          window.value = zoom(window.value, factor, about, ipaBits, page)
        }}
      />
      <WalkView address={address.value} ipaBits={ipaBits} onWalk={look} />
      {facts.settings.dirtyLog && ram !== undefined && <HeatMap ram={ram} pageBytes={page} />}
      <Runs runs={runs} devices={devices} onPick={look} />
    </>
  )
}

interface MoveProps {
  readonly name: string
  readonly to: (now: Window) => Window
  readonly window: { value: Window }
}

function Move({ name, to, window }: MoveProps): JSX.Element {
  return (
    <button
      type="button"
      onClick={() => {
        window.value = to(window.value)
      }}
    >
      {name}
    </button>
  )
}

interface RunsProps {
  readonly runs: readonly TableRun[]
  readonly devices: readonly AddressRange[]
  readonly onPick: (ipa: number) => void
}

/** The most runs that the list shows: a guest with a dirty log has tens of thousands. */
const shownRuns = 200

function Runs({ runs, onPick }: RunsProps): JSX.Element {
  const mapped = runs.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0)
  return (
    <>
      <h3 id="runs-title">
        Mapped: {formatBytes(mapped)} in {runs.length} runs
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard */}
      <section class="scroll log" aria-labelledby="runs-title" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">IPA</th>
              <th scope="col">Size</th>
              <th scope="col">Leaves</th>
              <th scope="col">Access</th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, shownRuns).map(({ address, sizeBytes, level, entries, permissions, memory }) => (
              <tr key={`${address}`}>
                <td class="number">
                  <button type="button" class="link" onClick={() => onPick(Number(address))}>
                    {formatHex(address)}
                  </button>
                </td>
                <td class="number">{formatBytes(Number(sizeBytes))}</td>
                <td class="number">
                  {entries} × L{level}
                </td>
                <td class="number">
                  {permissions} {memory}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {runs.length > shownRuns && <p class="hint">and {runs.length - shownRuns} more</p>}
      </section>
    </>
  )
}
