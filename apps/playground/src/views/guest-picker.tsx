/** Choosing a guest: built in, offered by the server, files dropped or picked, or an address. */

import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { guest, startVm } from '../app-state.ts'
import { formatBytes } from '../format.ts'
import {
  embedded,
  fetchBytes,
  fetchOffered,
  GuestError,
  type OfferedGuest,
  offeredGuests,
  readFile,
} from '../guests.ts'
import type { Guest } from '../vm/protocol.ts'

/** How far a guest has come. */
interface Transfer {
  readonly bytes: number
  readonly totalBytes: number | undefined
}

/** What Debian's and most other kernels need to be told to use the serial port. */
const defaultAppend = 'console=ttyAMA0'

export function GuestPicker(): JSX.Element {
  const offers = useSignal<readonly OfferedGuest[]>([])
  const transfer = useSignal<Transfer | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const isDropping = useSignal(false)
  useEffect(() => {
    void offeredGuests().then((list) => {
      offers.value = list
    })
  }, [])
  const choose = async (get: () => Promise<Guest>): Promise<void> => {
    problem.value = undefined
    try {
      guest.value = await get()
      startVm()
    } catch (error) {
      if (!(error instanceof GuestError)) throw error
      problem.value = error.message
    } finally {
      transfer.value = undefined
    }
  }
  const progress = (bytes: number, totalBytes: number | undefined): void => {
    transfer.value = { bytes, totalBytes }
  }
  return (
    <fieldset
      class={isDropping.value ? 'guest dropping' : 'guest'}
      onDragOver={(event) => {
        event.preventDefault()
        isDropping.value = true
      }}
      onDragLeave={() => {
        isDropping.value = false
      }}
      onDrop={(event) => {
        event.preventDefault()
        isDropping.value = false
        const files = [...(event.dataTransfer?.files ?? [])]
        if (files.length > 0) void choose(() => guestOfFiles(files[0], files[1], guest.value.append ?? defaultAppend))
      }}
    >
      <legend>Guest: {guest.value.name}</legend>
      <p class="buttons">
        <button type="button" onClick={() => void choose(() => Promise.resolve(embedded))}>
          Built-in guest
        </button>
        {offers.value.map((offer) => (
          <button key={offer.name} type="button" onClick={() => void choose(() => fetchOffered(offer, progress))}>
            {offer.name}
          </button>
        ))}
      </p>
      <FileFields choose={choose} progress={progress} />
      <p class="help">Or drop a kernel here, and an initrd with it: Image, Image.gz, EFI zboot or ELF.</p>
      <TransferBar transfer={transfer} />
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </fieldset>
  )
}

interface FileFieldsProps {
  readonly choose: (get: () => Promise<Guest>) => Promise<void>
  readonly progress: (bytes: number, totalBytes: number | undefined) => void
}

function FileFields({ choose, progress }: FileFieldsProps): JSX.Element {
  const kernel = useSignal<File | undefined>(undefined)
  const initrd = useSignal<File | undefined>(undefined)
  const address = useSignal('')
  const append = useSignal(defaultAppend)
  const fromFiles = async (): Promise<Guest> => {
    if (address.value === '') {
      if (kernel.value === undefined) throw new GuestError('No kernel is chosen: pick a file, or give an address.')
      return guestOfFiles(kernel.value, initrd.value, append.value)
    }
    if (!URL.canParse(address.value, document.baseURI)) {
      throw new GuestError(`${address.value} is no address: give one as https://example.org/Image.`)
    }
    const url = new URL(address.value, document.baseURI)
    const bytes = await fetchBytes(url, progress)
    const disk = initrd.value === undefined ? undefined : await readFile(initrd.value)
    const name = url.pathname.split('/').at(-1) ?? url.href
    return { name, kernel: bytes, ...(disk && { initrd: disk }), append: append.value }
  }
  return (
    <details>
      <summary>Own kernel</summary>
      <FileField id="kernel-file" label="Kernel file" file={kernel} />
      <p class="line">
        <label for="kernel-url">or its address</label>
        <input
          id="kernel-url"
          type="text"
          inputMode="url"
          placeholder="https://…/Image"
          value={address.value}
          onInput={(event) => {
            address.value = event.currentTarget.value.trim()
          }}
        />
      </p>
      <FileField id="initrd-file" label="Initrd file" file={initrd} />
      <p class="line">
        <label for="append">Command line</label>
        <input
          id="append"
          type="text"
          value={append.value}
          onInput={(event) => {
            append.value = event.currentTarget.value
          }}
        />
      </p>
      <p class="buttons">
        <button type="button" onClick={() => void choose(fromFiles)}>
          Boot it
        </button>
      </p>
    </details>
  )
}

function FileField({ id, label, file }: { id: string; label: string; file: Signal<File | undefined> }): JSX.Element {
  return (
    <p class="line">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        onChange={(event) => {
          file.value = event.currentTarget.files?.[0]
        }}
      />
    </p>
  )
}

function TransferBar({ transfer }: { transfer: Signal<Transfer | undefined> }): JSX.Element | null {
  const now = transfer.value
  if (now === undefined) return null
  const { bytes, totalBytes } = now
  return (
    <p class="line">
      <label for="transfer">
        {formatBytes(bytes)}
        {totalBytes !== undefined && ` of ${formatBytes(totalBytes)}`}
      </label>
      <progress id="transfer" value={totalBytes === undefined ? undefined : bytes} max={totalBytes} />
    </p>
  )
}

async function guestOfFiles(kernel: File, initrd: File | undefined, append: string): Promise<Guest> {
  const name = initrd === undefined ? kernel.name : `${kernel.name} with ${initrd.name}`
  return {
    name,
    kernel: await readFile(kernel),
    ...(initrd && { initrd: await readFile(initrd) }),
    append,
  }
}
