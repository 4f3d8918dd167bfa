import { expect, test } from 'vitest'
import { gfnToGpa, gpaToGfn, toGpa } from './index.ts'

test('default: frames and addresses', () => {
  const gpa = toGpa(0x4000_1234)
  expect(gpaToGfn(gpa, 12)).toBe(0x4_0001n)
  expect(gfnToGpa(gpaToGfn(gpa, 12), 12)).toBe(0x4000_1000n)
})

test('error: addresses of more than 64 bits', () => {
  expect(() => toGpa(1n << 64n)).toThrow(RangeError)
  expect(() => toGpa(-1)).toThrow(RangeError)
  expect(() => gfnToGpa(gpaToGfn(toGpa((1n << 64n) - 1n), 12), 16)).toThrow(RangeError)
})
