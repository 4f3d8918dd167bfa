/** `armvisor disasm`. */

import { disassemble } from '@armvisor/cpu'
import { FailureError, UsageError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import { writeText } from '../host/write-text.ts'

const wordPattern = /^(?:0x[0-9a-f]{1,8}|[0-9a-f]{8})$/i
const addressPattern = /^(?:0x[0-9a-f]+|\d+)$/i

/** Prints address, word and text of each instruction. @throws {@link UsageError}, {@link FailureError} */
export async function disassembleWords(
  host: Host,
  what: readonly string[],
  args: { readonly address: string },
): Promise<void> {
  let pc = parseAddress(args.address)
  const lines: string[] = []
  for (const word of await wordsOf(host, what)) {
    lines.push(`${hex(pc, 16)}:  ${hex(word, 8)}  ${disassemble(word, { pc })}\n`)
    pc = BigInt.asUintN(64, pc + 4n)
  }
  writeText(host.stdout, lines.join(''))
}

async function wordsOf(host: Host, what: readonly string[]): Promise<readonly number[]> {
  const notWord = what.find((text) => !wordPattern.test(text))
  if (notWord === undefined) return what.map((text) => Number.parseInt(text.replace(/^0x/i, ''), 16))
  if (what.length > 1) {
    throw new UsageError(
      `${notWord} is no instruction word: give words of 8 hexadecimal digits (fewer after 0x), or a single file.`,
    )
  }
  const bytes = await readInputFile(host, 'The file', notWord)
  if (bytes.length % 4 !== 0) {
    throw new FailureError(
      `The file ${notWord} has ${bytes.length} bytes, which are no whole number of 4-byte instructions; give raw A64 code.`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true))
}

function parseAddress(text: string): bigint {
  const address = addressPattern.test(text) ? BigInt(text) : undefined
  if (address === undefined || address >= 1n << 64n || address % 4n !== 0n) {
    throw new UsageError(
      `--address ${text} is no address of an instruction: give a multiple of 4 below 2^64, as 0x40000000.`,
    )
  }
  return address
}

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
