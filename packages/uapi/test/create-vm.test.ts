/** Machine-type words against what Linux answered to `KVM_CREATE_VM` (`fixtures/create-vm.json`, recorded at EL2). */

import { expect, test } from 'vitest'
import { decodeVmType, KvmError } from '../src/index.ts'
import recorded from './fixtures/create-vm.json' with { type: 'json' }

test.each(Object.entries(recorded))('default: every answer of Linux %s', (_, { ipaLimit, rows }) => {
  expect(rows.length).toBeGreaterThanOrEqual(30)
  for (const [type, errno] of rows) {
    const word = BigInt(type)
    const answer = (): unknown => decodeVmType(word, { ipaLimit })
    if (errno === '') expect(answer(), type).toMatchObject({ ipaBits: word === 0n ? 40 : Number(word) })
    else {
      let thrown: unknown
      try {
        answer()
      } catch (error) {
        thrown = error
      }
      expect(thrown, type).toBeInstanceOf(KvmError)
      expect((thrown as KvmError).code, type).toBe(errno)
    }
  }
})
