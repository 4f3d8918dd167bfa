/** The VM's settings, what is wrong with them, and the guest. */

import { cpuModels } from '@armvisor/cpu'
import { granules } from '@armvisor/stage2'
import { maxIpaBits, minIpaBits } from '@armvisor/uapi'
import type { ComponentChildren, JSX } from 'preact'
import { changeSettings, guest, settings, startVm, vm } from '../app-state.ts'
import { missingFeatures } from '../browser-features.ts'
import { checkSettings, formatSettings, type SettingsField, type VmSettings } from '../settings.ts'
import { GuestPicker } from './guest-picker.tsx'

const ipaChoices = Array.from({ length: maxIpaBits - minIpaBits + 1 }, (_, i) => minIpaBits + i)
const memoryChoices = [64, 128, 256, 512, 1024, 2048]

export function MachineForm(): JSX.Element {
  const now = settings.value
  const problem = checkSettings(now)
  const change = (changes: Partial<VmSettings>): void => changeSettings(changes)
  const facts = vm.facts.value
  const isPending =
    facts !== undefined &&
    (`${formatSettings(facts.settings)}` !== `${formatSettings(now)}` || facts.guest !== guest.value.name)
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        startVm()
      }}
    >
      <Choice
        field="ipaBits"
        label="IPA bits"
        help="log2 of the VM's physical address space, bits [7:0] of KVM_CREATE_VM's machine type; 0 is the default of 40"
        value={now.ipaBits}
        choices={[0, ...ipaChoices]}
        nameOf={(bits) => (bits === 0 ? '0 (40)' : `${bits}`)}
        onChange={(text) => change({ ipaBits: Number(text) })}
        problem={problem}
      />
      <Choice
        field="granule"
        label="Granule"
        help="page size of the stage-2 tables"
        value={now.granule}
        choices={granules}
        onChange={(text) => change({ granule: text as VmSettings['granule'] })}
        problem={problem}
      />
      <Choice
        field="memoryMiB"
        label="Memory"
        help="RAM of the guest, memory slot 0"
        value={now.memoryMiB}
        choices={[...new Set([...memoryChoices, now.memoryMiB])].sort((a, b) => a - b)}
        nameOf={(size) => `${size} MiB`}
        onChange={(text) => change({ memoryMiB: Number(text) })}
        problem={problem}
      />
      <Choice
        field="cpu"
        label="CPU model"
        help="what KVM's host would be"
        value={now.cpu}
        choices={Object.keys(cpuModels)}
        nameOf={(name) => `${name} (${cpuModels[name as VmSettings['cpu']].paBits}-bit physical addresses)`}
        onChange={(text) => change({ cpu: text as VmSettings['cpu'] })}
        problem={problem}
      />
      <Tick
        label="LPA2"
        help="FEAT_LPA2: 52-bit addresses with 4K and 16K granules; the model with it"
        isOn={cpuModels[now.cpu].lpa2}
        onChange={(isOn) => change({ cpu: isOn ? 'armv8-lpa2' : 'armv8' })}
      />
      <Tick
        label="Translate hot code"
        help="to WebAssembly; without it every instruction is interpreted"
        isOn={now.jit === 'on'}
        onChange={(isOn) => change({ jit: isOn ? 'on' : 'off' })}
      />
      <Tick
        label="Dirty log"
        help="KVM_MEM_LOG_DIRTY_PAGES: RAM is mapped page by page, and the address space shows where the guest writes"
        isOn={now.dirtyLog}
        onChange={(dirtyLog) => change({ dirtyLog })}
      />
      <GuestPicker />
      <Missing />
      <p class="submit">
        <button type="submit" disabled={problem !== undefined}>
          Start this VM
        </button>
        {isPending && <span class="hint">What runs is still the VM from before these changes.</span>}
      </p>
    </form>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly help: string
  readonly problem?: string | undefined
  readonly children: ComponentChildren
}

/** A control with its label, what it is, and what is wrong with it. */
function Field({ id, label, help, problem, children }: FieldProps): JSX.Element {
  return (
    <div class={`field${problem === undefined ? '' : ' wrong'}`}>
      <label for={id}>{label}</label>
      {children}
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
      {problem !== undefined && (
        <p class="problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps<T extends string | number> {
  readonly field: SettingsField
  readonly label: string
  readonly help: string
  readonly value: T
  readonly choices: readonly T[]
  readonly nameOf?: (value: T) => string
  readonly onChange: (text: string) => void
  readonly problem: { readonly field: SettingsField; readonly message: string } | undefined
}

function Choice<T extends string | number>(props: ChoiceProps<T>): JSX.Element {
  const { field, label, help, value, choices, nameOf = String, onChange } = props
  const problem = props.problem?.field === field ? props.problem.message : undefined
  return (
    <Field id={field} label={label} help={help} problem={problem}>
      <select
        id={field}
        value={value}
        aria-describedby={`${field}-help${problem === undefined ? '' : ` ${field}-problem`}`}
        aria-invalid={problem !== undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {nameOf(choice)}
          </option>
        ))}
      </select>
    </Field>
  )
}

interface TickProps {
  readonly label: string
  readonly help: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

function Tick({ label, help, isOn, onChange }: TickProps): JSX.Element {
  const id = `tick-${label.toLowerCase().replaceAll(' ', '-')}`
  return (
    <Field id={id} label={label} help={help}>
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </Field>
  )
}

const missing = missingFeatures()

/** What the browser lacks. */
function Missing(): JSX.Element {
  return (
    <>
      {missing.map(({ message, isFatal }) => (
        <p key={message} class={isFatal ? 'problem' : 'hint'}>
          {message}
        </p>
      ))}
    </>
  )
}
