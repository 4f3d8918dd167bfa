/** What the VM does and the buttons that change it. */

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
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
  const picker = useRef<HTMLInputElement>(null)
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
      <button type="button" onClick={() => void saveSnapshot()} disabled={!canPause && state.kind !== 'paused'}>
        Save
      </button>
      <button type="button" onClick={() => picker.current?.click()}>
        Restore
      </button>
      <input
        ref={picker}
        class="hidden"
        type="file"
        aria-label="Snapshot file"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          event.currentTarget.value = ''
          if (file !== undefined) void restoreSnapshot(file)
        }}
      />
      {state.kind === 'failed' && (
        <p class="problem" role="alert">
          {state.message}
        </p>
      )}
    </div>
  )
}

async function saveSnapshot(): Promise<void> {
  const bytes = await vm.save()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/zip' }))
  link.download = 'armvisor-snapshot.zip'
  link.click()
  // The download has begun by the time that timers run again.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

async function restoreSnapshot(file: File): Promise<void> {
  vm.restore(new Uint8Array(await file.arrayBuffer()))
}
