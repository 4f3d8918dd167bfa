/** What the VM does and the buttons that change it. */

import type { JSX } from 'preact'
import { startVm, vm } from '../app-state.ts'
import type { VmState } from '../vm/protocol.ts'

function describe(state: VmState): string {
  switch (state.kind) {
    case 'idle':
      return 'no VM'
    case 'starting':
      return 'starting'
    case 'running':
      return 'running'
    case 'paused':
      return 'paused'
    case 'ended':
      return state.reason === 'crash' ? 'the guest crashed' : 'powered off'
    case 'failed':
      return 'failed'
  }
}

export function Controls(): JSX.Element {
  const state = vm.state.value
  const canPause = state.kind === 'running'
  return (
    <div class="controls">
      <p class={`state state-${state.kind}`} role="status">
        {describe(state)}
      </p>
      <button
        type="button"
        onClick={() => (state.kind === 'paused' ? vm.resume() : vm.pause())}
        disabled={!canPause && state.kind !== 'paused'}
      >
        {state.kind === 'paused' ? 'Resume' : 'Pause'}
      </button>
      <button type="button" onClick={startVm}>
        {state.kind === 'running' || state.kind === 'paused' ? 'Reset' : 'Start'}
      </button>
      {state.kind === 'failed' && (
        <p class="problem" role="alert">
          {state.message}
        </p>
      )}
    </div>
  )
}
