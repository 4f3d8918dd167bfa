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
  parseRegName,
  parseSysRegName,
  regName,
  sysReg,
  sysRegName,
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

test('default: every id has a name of its own, and the name gives the id', () => {
  const names = new Map<string, string>()
  for (const [text] of recorded) {
    const name = regName(BigInt(text))
    expect(name, text).toBeDefined()
    expect(parseRegName(name as string), text).toBe(BigInt(text))
    expect(parseRegName((name as string).toLowerCase()), text).toBe(BigInt(text))
    names.set(name as string, text)
  }
  expect(names.size).toBe(259)
  const generic = [...names.keys()].filter((name) => /^S\d_/.test(name))
  // What the architecture has not allocated; Linux lists it as registers that read 0.
  for (const name of generic) expect(name).toMatch(/^S3_0_C0_C[3-7]_\d$/)
  console.log(`${names.size} registers named, ${generic.length} of them generically: encodings without a register`)
  expect(generic.length).toBe(15)
})

test('behavior: names are those of the architecture', () => {
  let compared = 0
  for (const [text, encoding, name] of recorded) {
    if (name === '') continue
    const [op0, op1, CRn, CRm, op2] = encoding.split(',').map(Number)
    expect(sysRegName({ op0, op1, CRn, CRm, op2 }), text).toBe(name)
    expect(parseSysRegName(name), text).toEqual({ op0, op1, CRn, CRm, op2 })
    compared += 1
  }
  console.log(`${compared} architectural names compared`)
  expect(compared).toBe(146)
})
