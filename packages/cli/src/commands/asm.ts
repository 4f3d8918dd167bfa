/** `armvisor asm`. */

import { assemble, ProgramError } from '@armvisor/cpu'
import { FailureError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { errorCode, readInputFile } from '../host/read-input-file.ts'
import { writeText } from '../host/write-text.ts'

/** Prints the words of a program, one a line; a rest of less than a word has fewer digits. @throws {@link FailureError} */
export async function assembleText(host: Host, textOrFile: string): Promise<void> {
  const file = await readSource(host, textOrFile)
  const { bytes } = assembleSource(file ?? textOrFile, file === undefined ? '' : `${textOrFile}, `)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    // Words are little-endian: the last byte holds the first digits.
    const word = [...bytes.subarray(at, at + 4)].reverse()
    lines.push(`${word.map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`)
  }
  writeText(host.stdout, lines.join(''))
}

/**
 * The source in the file of that name, undefined where the argument itself is the source: when there is no such file and it
 * does not look like the path of one, which has a dot or a slash and no blanks.
 */
async function readSource(host: Host, textOrFile: string): Promise<string | undefined> {
  if (/^\S*[./]\S*$/.test(textOrFile)) return decode(await readInputFile(host, 'The file', textOrFile))
  try {
    return decode(await host.readFile(textOrFile))
  } catch (error) {
    if (errorCode(error) === '') throw error
    return undefined
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function assembleSource(source: string, where: string): { readonly bytes: Uint8Array } {
  try {
    return assemble(source)
  } catch (error) {
    if (error instanceof ProgramError) throw new FailureError(`${where}${error.message}.`, { cause: error })
    throw error
  }
}
