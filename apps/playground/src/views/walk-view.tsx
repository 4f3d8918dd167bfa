/** The walk of the stage-2 tables to an address, descriptor by descriptor. */

import { formatBytes } from '@armvisor/stage2'
import { stage2Decoder, type WalkStep } from '@armvisor/stage2/inspect'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { vm } from '../app-state.ts'
import { formatHex, parseAddress } from '../format.ts'
import { geometryOf } from '../settings.ts'

interface WalkViewProps {
  readonly address: number
  readonly ipaBits: number
  readonly onWalk: (ipa: number) => void
}

export function WalkView({ address, ipaBits, onWalk }: WalkViewProps): JSX.Element {
  const text = useSignal<string | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const walked = vm.walked.value
  return (
    <>
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault()
          const ipa = parseAddress(text.value ?? formatHex(address))
          if (ipa === undefined) problem.value = `${text.value} is no address: give digits, or 0x and hexadecimal ones.`
          else if (ipa >= 1n << BigInt(ipaBits)) {
            problem.value = `${formatHex(ipa)} lies beyond the VM's ${ipaBits} bits: the last address is ${formatHex((1n << BigInt(ipaBits)) - 1n)}.`
          } else {
            problem.value = undefined
            text.value = undefined
            onWalk(Number(ipa))
          }
        }}
      >
        <label for="walk-address">Address</label>
        <input
          id="walk-address"
          type="text"
          spellcheck={false}
          value={text.value ?? formatHex(address)}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
          aria-describedby="walk-problem"
        />
        <button type="submit">Walk to it</button>
      </form>
      <p id="walk-problem" class="problem" role="alert">
        {problem.value}
      </p>
      {walked === undefined ? (
        <p class="hint">Click into the map, or walk to an address, to see the descriptors on the way.</p>
      ) : (
        <ol class="walk" aria-label={`Walk to ${formatHex(walked.ipa)}`}>
          {walked.steps.map((step) => (
            <Step key={step.level} step={step} ipa={walked.ipa} />
          ))}
        </ol>
      )}
    </>
  )
}

function Step({ step, ipa }: { step: WalkStep; ipa: bigint }): JSX.Element {
  const { level, index, pa, descriptor, kind } = step
  return (
    <li class={`step step-${kind}`}>
      <span>
        <b>level {level}</b> entry {index} at <code>{formatHex(pa)}</code>
      </span>
      <code>{formatHex(descriptor, 16)}</code>
      <span>{meaning(step, ipa)}</span>
    </li>
  )
}

const decode = stage2Decoder(false)
/** Bits [47:12] of a descriptor. */
const addressMask = 0xffff_ffff_f000n

function meaning({ kind, descriptor, level }: WalkStep, ipa: bigint): string {
  if (kind === 'invalid') return 'invalid: a translation fault, to the hypervisor'
  if (kind === 'unreadable') return 'no memory there'
  if (kind === 'table') return `the next table is at ${formatHex(descriptor & addressMask)}`
  const settings = vm.facts.value?.settings
  const sizeBytes = (settings && geometryOf(settings)?.levelBytes[level]) ?? 4096
  const { permissions, memory, flags } = decode(Number(descriptor & 0xffff_ffffn), Number(descriptor >> 32n), 0)
  const offset = ipa % BigInt(sizeBytes)
  const output = ((descriptor & addressMask) / BigInt(sizeBytes)) * BigInt(sizeBytes) + offset
  return `${kind} of ${formatBytes(sizeBytes)}: ${formatHex(output)} in the host, ${permissions} ${memory} ${flags.join(' ')}`
}
