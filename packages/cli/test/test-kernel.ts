/** Small kernels for tests, made by the assembler. */

import { assemble } from '@armvisor/cpu'
import { encodeImageHeader, imageHeaderBytes } from '@armvisor/vmm'

/** An Image of the given program. `x19` holds the UART's address when it starts; `psci` calls need `w0`. */
export function testKernel(program: string): Uint8Array {
  const { bytes } = assemble(`movz x19, #0x900, lsl #16\n${program}`, { base: BigInt(0x4000_0000 + imageHeaderBytes) })
  const imageBytes = imageHeaderBytes + bytes.length
  const image = new Uint8Array(imageBytes)
  image.set(encodeImageHeader({ textOffset: 0, imageBytes, flags: 0b1010 }))
  image.set(bytes, imageHeaderBytes)
  return image
}

/** Prints one character. */
export const print = (character: string): string => `mov w0, #${character.charCodeAt(0)}\n str w0, [x19]`
export const powerOff: string = 'mov w0, #0x84000000\n movk w0, #8\n hvc #0'
export const reset: string = 'mov w0, #0x84000000\n movk w0, #9\n hvc #0'
export const waitForever: string = 'sleep: wfi\n b sleep'
export const spinForever: string = 'spin: b spin'

/** Prints each byte of input in brackets; powers off at `.`. */
export const echo: string = `
next:
  ldr w1, [x19, #0x18]
  tbnz w1, #4, next
  ldr w0, [x19]
  cmp w0, #46
  b.eq done
  ${print('[').replace('w0', 'w2').replace('w0', 'w2')}
  str w0, [x19]
  ${print(']').replace('w0', 'w2').replace('w0', 'w2')}
  b next
done:
  ${powerOff}
`
