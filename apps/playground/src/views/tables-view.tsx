/** The geometry of the stage-2 tables as a picture, what they cost, and the registers bit by bit. */

import { cpuModels } from '@armvisor/cpu'
import { encodeVtcr, formatBytes, type Stage2Geometry } from '@armvisor/stage2'
import { chooseIpaSize, type ExplainedField, explainRegisters } from '@armvisor/stage2/inspect'
import { memoryMap } from '@armvisor/vmm'
import type { JSX } from 'preact'
import { settings, vm } from '../app-state.ts'
import { formatCount, formatHex } from '../format.ts'
import { checkSettings, geometryOf, type VmSettings } from '../settings.ts'

export function TablesView(): JSX.Element {
  const now = settings.value
  const geometry = geometryOf(now)
  if (geometry === undefined) {
    return (
      <p class="problem" role="alert">
        {checkSettings(now)?.message}
      </p>
    )
  }
  const { paBits, lpa2 } = cpuModels[now.cpu]
  const facts = vm.facts.value
  const isRunning = facts?.vtcr === encodeVtcr({ geometry, paBits })
  const explained = explainRegisters(encodeVtcr({ geometry, paBits }), isRunning ? facts?.vttbr : undefined, {
    paBits,
    lpa2,
  })
  return (
    <>
      <p>
        {explained.summary[0]}. {sentence(explained.summary[1])}.
      </p>
      <BitRuler geometry={geometry} />
      <Levels geometry={geometry} isRunning={isRunning} />
      <Costs settings={now} />
      <Register name="VTCR_EL2" value={encodeVtcr({ geometry, paBits })} fields={explained.vtcr} />
      {isRunning && facts !== undefined ? (
        <Register name="VTTBR_EL2" value={facts.vttbr} fields={explained.vttbr} />
      ) : (
        <p class="hint">VTTBR_EL2 is known once a VM with these settings runs.</p>
      )}
    </>
  )
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

interface Part {
  readonly name: string
  readonly msb: number
  readonly lsb: number
  readonly detail: string
}

function partsOf(geometry: Stage2Geometry): Part[] {
  const { ipaBits, startLevel, levelShift, pageShift } = geometry
  const parts: Part[] = []
  let msb = ipaBits - 1
  for (let level = startLevel; level <= 3; level++) {
    const lsb = levelShift[level] ?? pageShift
    const entries = 2 ** (msb - lsb + 1)
    parts.push({ name: `level ${level}`, msb, lsb, detail: `${formatCount(entries)} entries` })
    msb = lsb - 1
  }
  parts.push({ name: 'offset', msb, lsb: 0, detail: formatBytes(2 ** pageShift) })
  return parts
}

/** How an address is taken apart. */
function BitRuler({ geometry }: { geometry: Stage2Geometry }): JSX.Element {
  return (
    <figure class="ruler">
      <figcaption>An intermediate physical address of {geometry.ipaBits} bits</figcaption>
      <ol>
        {partsOf(geometry).map(({ name, msb, lsb, detail }, i) => (
          <li key={name} style={{ flexGrow: msb - lsb + 1 }} class={`part part-${i}`}>
            <b>{name}</b>
            <span>
              [{msb}:{lsb}]
            </span>
            <span>{detail}</span>
          </li>
        ))}
      </ol>
    </figure>
  )
}

/** One row a level: its tables, what an entry maps, how many there are now. */
function Levels({ geometry, isRunning }: { geometry: Stage2Geometry; isRunning: boolean }): JSX.Element {
  const { startLevel, rootTables, levelBytes, minBlockLevel, tableEntries, rootEntries } = geometry
  const live = isRunning ? vm.status.value?.tables : undefined
  const levels = Array.from({ length: 4 - startLevel }, (_, i) => startLevel + i)
  return (
    <div class="scroll">
      <table class="levels">
        <caption>Levels of a walk</caption>
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col">Table</th>
            <th scope="col">An entry maps</th>
            <th scope="col">Leaf</th>
            <th scope="col">Tables now</th>
          </tr>
        </thead>
        <tbody>
          {levels.map((level) => (
            <tr key={level}>
              <th scope="row">{level}</th>
              <td>
                <span class="boxes" aria-hidden="true">
                  {Array.from({ length: level === startLevel ? rootTables : 1 }, (_, i) => (
                    <span key={i} />
                  ))}
                </span>
                {level === startLevel && rootTables > 1
                  ? `${rootTables} concatenated, ${formatCount(rootEntries)} entries`
                  : `${formatCount(level === startLevel ? rootEntries : tableEntries)} entries`}
              </td>
              <td>{formatBytes(levelBytes[level])}</td>
              <td>{level === 3 ? 'page' : level >= minBlockLevel ? 'block' : 'none'}</td>
              <td class="number">{live === undefined ? '' : formatCount(live[level + 1] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What the tables cost for this VM's memory. */
function Costs({ settings: now }: { settings: VmSettings }): JSX.Element | null {
  const geometry = geometryOf(now)
  if (geometry === undefined || checkSettings(now) !== undefined) return null
  const { paBits, lpa2 } = cpuModels[now.cpu]
  const choice = chooseIpaSize({
    regions: [{ name: 'RAM', base: memoryMap.ram.base, sizeBytes: now.memoryMiB * 2 ** 20 }],
    granule: now.granule,
    lpa2,
    paBits,
  })
  const cost = choice.alternatives.find(({ ipaBits }) => ipaBits === geometry.ipaBits)?.cost
  if (cost === undefined) return null
  return (
    <dl class="costs">
      <div>
        <dt>Root</dt>
        <dd>{formatBytes(cost.rootBytes)}</dd>
      </div>
      <div>
        <dt>All tables, RAM in blocks</dt>
        <dd>{formatBytes(cost.blocksBytes)}</dd>
      </div>
      <div>
        <dt>All tables, RAM in pages</dt>
        <dd>{formatBytes(cost.pagesBytes)}</dd>
      </div>
      <div>
        <dt>Descriptors that a walk reads</dt>
        <dd>{cost.reads}</dd>
      </div>
      <div>
        <dt>Smallest IPA size for it</dt>
        <dd>{choice.smallest === undefined ? 'none' : `${choice.smallest.ipaBits} bits`}</dd>
      </div>
    </dl>
  )
}

interface RegisterProps {
  readonly name: string
  readonly value: bigint
  readonly fields: readonly ExplainedField[]
}

function Register({ name, value, fields }: RegisterProps): JSX.Element {
  return (
    <div class="scroll">
      <table class="register">
        <caption>
          {name} = <code>{formatHex(value, 16)}</code>
        </caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Bits</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.name}</th>
              <td class="number">{field.bits}</td>
              <td class="number">{formatHex(field.value)}</td>
              <td>{field.meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
