import { describe, expect, it } from 'vitest'
import { AssembleError, assembleLine } from './assemble-line.ts'

describe('assembleLine', () => {
  // Words of GNU as 2.40; objdump shows each under the preferred spelling instead.
  it.each([
    ['ubfx w2, w3, #28, #4', 0x531c7c62],
    ['ubfx x2, x3, #32, #32', 0xd360fc62],
    ['ubfm x2, x3, #28, #63', 0xd35cfc62],
    ['ubfm x2, x3, #60, #59', 0xd37cec62],
    ['ubfiz w2, w3, #4, #28', 0x531c6c62],
    ['sbfx x2, x3, #0, #8', 0x93401c62],
    ['sbfm w2, w3, #31, #31', 0x131f7c62],
    ['extr x2, x3, x3, #5', 0x93c31462],
    ['orr x2, xzr, x3', 0xaa0303e2],
    ['hint #2', 0xd503205f],
    ['sys #3, c7, c4, #1, x0', 0xd50b7420],
    ['mrs x0, s3_0_c0_c0_0', 0xd5380000],
  ])('reads %s, though that is not how it is disassembled', (text, word) => {
    expect(assembleLine(text).toString(16)).toBe(word.toString(16))
  })

  it.each(['ubfx w2, w3, #28, #5', 'ubfx x2, x3, #64, #1', 'ubfm w2, w3, #32, #31'])('refuses %s', (text) => {
    expect(() => assembleLine(text)).toThrow(AssembleError)
  })
})
