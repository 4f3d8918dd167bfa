/** Counts of stage-2 faults and exits, and the latest of them. */

import type { JSX } from 'preact'
import { vm } from '../app-state.ts'
import { formatCount, formatHex } from '../format.ts'
import type { FaultOutcome, VmStatus } from '../vm/protocol.ts'

const meanings: Readonly<Record<FaultOutcome, string>> = {
  mapped: 'a memory slot answered: the tables grew',
  device: 'answered in the kernel: the interrupt controller',
  exit: 'KVM_EXIT_MMIO: the machine’s devices answer',
  injected: 'beyond the VM: the guest got an abort',
  skipped: 'cache maintenance of nothing: skipped',
}

export function FaultsView(): JSX.Element {
  const status = vm.status.value
  if (status === undefined) return <p class="hint">There is no VM to count for.</p>
  return (
    <>
      <Counts status={status} />
      <h3 id="log-title">The latest</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard */}
      <section class="scroll log" aria-labelledby="log-title" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">IPA</th>
              <th scope="col">What came of it</th>
            </tr>
          </thead>
          <tbody>
            {status.events.toReversed().map(({ atMs, ipa, outcome }, i) => (
              <tr key={status.events.length - i} class={`outcome-${outcome}`}>
                <td class="number">{(atMs / 1000).toFixed(3)} s</td>
                <td class="number">{formatHex(ipa)}</td>
                <td>{outcome}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function Counts({ status }: { status: VmStatus }): JSX.Element {
  return (
    <table class="counts">
      <caption>After {(status.ranMs / 1000).toFixed(1)} s</caption>
      <tbody>
        {Object.entries(meanings).map(([outcome, meaning]) => (
          <tr key={outcome}>
            <th scope="row">{outcome}</th>
            <td class="number">{formatCount(status.faults[outcome as FaultOutcome])}</td>
            <td>{meaning}</td>
          </tr>
        ))}
        {Object.entries(status.exits).map(([device, count]) => (
          <tr key={device}>
            <th scope="row">exits</th>
            <td class="number">{formatCount(count)}</td>
            <td>{device}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
