/** A strip of the IPA space: what is there on rows, addresses from left to right. */

import { formatBytes } from '@armvisor/stage2'
import type { TableRun } from '@armvisor/stage2/inspect'
import type { JSX } from 'preact'
import { formatHex } from '../format.ts'
import type { Window } from '../stage2/window.ts'
import type { AddressRange } from '../vm/protocol.ts'

const width = 1000
const rowHeight = 34
const gap = 6
const rows = ['slots', 'mapped', 'devices'] as const
const top = 22
const height = top + rows.length * (rowHeight + gap)
/** What is narrower is drawn this wide, so that a page can be seen in a large space. */
const leastWidth = 2
/** A label needs so much room for a character. */
const characterWidth = 8

interface SpaceMapProps {
  readonly window: Window
  readonly slots: readonly AddressRange[]
  readonly devices: readonly AddressRange[]
  readonly runs: readonly TableRun[]
  readonly address: number
  readonly onPick: (ipa: number) => void
  readonly onZoom: (factor: number, about: number) => void
}

interface Box {
  readonly name: string
  readonly title: string
  readonly kind: string
  readonly x: number
  readonly width: number
}

export function SpaceMap(props: SpaceMapProps): JSX.Element {
  const { window, slots, devices, runs, address, onPick, onZoom } = props
  const { base, sizeBytes } = window
  const xOf = (ipa: number): number => ((ipa - base) / sizeBytes) * width
  const addressAt = (event: MouseEvent & { readonly currentTarget: Element }): number => {
    const { left, width: shown } = event.currentTarget.getBoundingClientRect()
    return Math.floor(base + Math.min(0.999999, Math.max(0, (event.clientX - left) / shown)) * sizeBytes)
  }
  const boxes: Record<(typeof rows)[number], Box[]> = {
    slots: boxesOf(slots, window, 'slot'),
    mapped: runBoxes(runs, window),
    devices: boxesOf(devices, window, 'device'),
  }
  const marker = xOf(address)
  return (
    <figure class="map">
      <figcaption>
        {formatHex(base)} to {formatHex(base + sizeBytes - 1)}: {formatBytes(sizeBytes)}
      </figcaption>
      {/* Everything that the pointer does here the buttons above and the lists below do for the keyboard. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Map of the intermediate physical address space"
        onClick={(event) => onPick(addressAt(event))}
        onDblClick={(event) => onZoom(4, addressAt(event))}
        onWheel={(event) => {
          event.preventDefault()
          onZoom(event.deltaY < 0 ? 2 : 1 / 2, addressAt(event))
        }}
      >
        {rows.map((row, i) => (
          <g key={row} transform={`translate(0 ${top + i * (rowHeight + gap)})`}>
            <rect class="lane" width={width} height={rowHeight} />
            {boxes[row].map((box) => (
              <g key={`${box.x}-${box.name}`}>
                <rect class={`box ${box.kind}`} x={box.x} width={box.width} height={rowHeight}>
                  <title>{box.title}</title>
                </rect>
              </g>
            ))}
          </g>
        ))}
        {marker >= 0 && marker <= width && <line class="marker" x1={marker} x2={marker} y1={top - 6} y2={height} />}
      </svg>
      <ol class="legend">
        {rows.map((row) => (
          <li key={row}>
            <b>{row}</b>{' '}
            {boxes[row]
              .filter(
                ({ width: boxWidth, name }) =>
                  row !== 'mapped' && (boxWidth > name.length * characterWidth || boxes[row].length < 6),
              )
              .map(({ name }) => name)
              .join(', ')}
            {row === 'mapped' && (
              <>
                <span class="key block">block</span> <span class="key page">page</span>
              </>
            )}
          </li>
        ))}
      </ol>
    </figure>
  )
}

function boxesOf(ranges: readonly AddressRange[], { base, sizeBytes }: Window, kind: string): Box[] {
  return ranges.flatMap((range) => {
    const from = Math.max(base, range.base)
    const to = Math.min(base + sizeBytes, range.base + range.sizeBytes)
    if (from >= to) return []
    const title = `${range.name}: ${formatHex(range.base)}, ${formatBytes(range.sizeBytes)}`
    return [{ name: range.name, title, kind, ...placed(from, to, { base, sizeBytes }) }]
  })
}

function placed(from: number, to: number, { base, sizeBytes }: Window): { readonly x: number; readonly width: number } {
  const x = ((from - base) / sizeBytes) * width
  return { x: Math.min(x, width - leastWidth), width: Math.max(leastWidth, ((to - from) / sizeBytes) * width) }
}

/** Runs of one level that would touch on the screen become one box: there may be tens of thousands. */
function runBoxes(runs: readonly TableRun[], window: Window): Box[] {
  const { base, sizeBytes } = window
  const boxes: Box[] = []
  for (const run of runs) {
    const start = Number(run.address)
    const from = Math.max(base, start)
    const to = Math.min(base + sizeBytes, start + Number(run.sizeBytes))
    if (from >= to) continue
    const kind = run.level === 3 ? 'page' : 'block'
    const place = placed(from, to, window)
    const last = boxes.at(-1)
    if (last !== undefined && last.kind === kind && last.x + last.width + 0.5 >= place.x) {
      boxes[boxes.length - 1] = {
        ...last,
        title: 'several runs: zoom in',
        width: Math.max(last.width, place.x + place.width - last.x),
      }
    } else {
      const title = `${formatHex(run.address)}, ${formatBytes(Number(run.sizeBytes))}: ${run.entries} ${kind}s of level ${run.level}, ${run.permissions} ${run.memory}`
      boxes.push({ name: kind, title, kind, ...place })
    }
  }
  return boxes
}
