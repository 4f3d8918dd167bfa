/** The page: head, console, and one of the views beside it (below it on a narrow screen). */

import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { startVm, type View, view } from '../app-state.ts'
import { Console } from './console.tsx'
import { Controls } from './controls.tsx'
import { FaultsView } from './faults-view.tsx'
import { MachineForm } from './machine-form.tsx'
import { SpaceView } from './space-view.tsx'
import { TablesView } from './tables-view.tsx'

const names: Readonly<Record<View, string>> = {
  console: 'Console',
  machine: 'Machine',
  tables: 'Tables',
  space: 'Address space',
  faults: 'Faults',
}

export function App(): JSX.Element {
  // The embedded guest boots at once.
  useEffect(startVm, [])
  return (
    <>
      <header class="head">
        <h1>
          armvisor <span>playground</span>
        </h1>
        <Controls />
        <nav aria-label="Views">
          {Object.entries(names).map(([key, name]) => (
            <button
              key={key}
              type="button"
              class={`view-${key}`}
              aria-current={view.value === key ? 'page' : undefined}
              onClick={() => {
                view.value = key as View
              }}
            >
              {name}
            </button>
          ))}
        </nav>
      </header>
      <main data-view={view.value}>
        <Panel of="console" title="Console">
          <Console />
        </Panel>
        <Panel of="machine" title="Machine">
          <MachineForm />
        </Panel>
        <Panel of="tables" title="Stage-2 tables">
          <TablesView />
        </Panel>
        <Panel of="space" title="Address space">
          <SpaceView />
        </Panel>
        <Panel of="faults" title="Stage-2 faults and exits">
          <FaultsView />
        </Panel>
      </main>
    </>
  )
}

/** One view. The console stays in the document, since it holds the terminal; the others exist while they are looked at. */
function Panel({ of, title, children }: { of: View; title: string; children: ComponentChildren }): JSX.Element | null {
  const isShown = view.value === of || (of === 'machine' && view.value === 'console')
  if (of !== 'console' && !isShown) return null
  return (
    <section class={`panel panel-${of}`} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
