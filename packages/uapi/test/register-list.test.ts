/** Register ids against the list that Linux 6.1 and 6.12 return (`fixtures/registers-6.12.json`). */

import { expect, test } from 'vitest'
import {
  type CoreRegName,
  ccsidrReg,
  coreReg,
  type DecodedReg,
  decodeReg,
  KVM_REG_ARM_FW_FEAT_BMAP_REG,
  KVM_REG_ARM_FW_REG,
  sysReg,
} from '../src/index.ts'
import recorded from './fixtures/registers-6.12.json' with { type: 'json' }

function rebuild(reg: DecodedReg): bigint | undefined {
  switch (reg.class) {
    case 'core':
      return coreReg(reg.name as CoreRegName)
    case 'demux':
      return ccsidrReg(reg.value)
    case 'sysreg':
      return sysReg(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
    case 'fw':
      return KVM_REG_ARM_FW_REG(reg.index)
    case 'fw_feat_bmap':
      return KVM_REG_ARM_FW_FEAT_BMAP_REG(reg.index)
    default:
      return undefined
  }
}

test('default: every id is parsed and rebuilt', () => {
  for (const [text, encoding] of recorded) {
    const id = BigInt(text)
    const reg = decodeReg(id)
    expect(rebuild(reg), text).toBe(id)
    expect(reg.class === 'sysreg', text).toBe(encoding !== '')
    if (reg.class === 'sysreg') expect([reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2].join(','), text).toBe(encoding)
  }
  console.log(`${recorded.length} register ids compared`)
  expect(recorded.length).toBe(259)
})
