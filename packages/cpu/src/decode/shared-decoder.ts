/** The decoder over the whole instruction table, made once for all CPUs of a thread. */

import { instructionTable } from '../isa/index.ts'
import { Decoder } from './decoder.ts'

let decoder: Decoder | undefined

/** The decoder of this thread. */
export function sharedDecoder(): Decoder {
  decoder ??= new Decoder(instructionTable)
  return decoder
}
