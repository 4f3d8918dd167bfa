/** The worker that a VM runs in. */

import { explain, MachineSession } from './machine-session.ts'
import type { VmAnswer, VmRequest } from './protocol.ts'

/** The little of a dedicated worker's scope that is used; the library of the DOM has no type for it. */
interface WorkerScope {
  postMessage(answer: VmAnswer, transfer: Transferable[]): void
  onmessage: ((event: { readonly data: VmRequest }) => void) | null
}
const scope = self as unknown as WorkerScope

let session: MachineSession | undefined
const tell = (answer: VmAnswer, transfer: Transferable[] = []): void => scope.postMessage(answer, transfer)

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'start':
      begin(() => MachineSession.boot(data.settings, data.guest, tell))
      return
    case 'restore':
      begin(() => MachineSession.restore(data.file, tell))
      return
    case 'snapshot': {
      const bytes = session?.save()
      if (bytes !== undefined) tell({ kind: 'snapshot', id: data.id, bytes }, [bytes.buffer])
      return
    }
    case 'input':
      session?.input(data.bytes)
      return
    case 'pause':
      session?.pause()
      return
    case 'resume':
      void session?.run()
      return
    case 'walk':
      session?.walk(data.id, data.ipa)
      return
  }
}

function begin(make: () => MachineSession): void {
  try {
    session = make()
    void session.run()
  } catch (error) {
    tell({ kind: 'state', state: { kind: 'failed', message: explain(error) } })
  }
}
