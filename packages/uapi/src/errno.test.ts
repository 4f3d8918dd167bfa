import { expect, test } from 'vitest'
import { errnoCode, errnoTable, KvmError } from './index.ts'

test('default: the message is one sentence of the facts', () => {
  const error = new KvmError({
    code: 'E2BIG',
    call: 'KVM_GET_REG_LIST',
    problem: '3 ids do not fit in 2',
    remedy: 'pass room for 3',
  })
  expect(error.message).toBe('KVM_GET_REG_LIST: 3 ids do not fit in 2; pass room for 3 (E2BIG)')
  expect(error).toMatchObject({ name: 'KvmError', code: 'E2BIG', errno: 7, call: 'KVM_GET_REG_LIST' })
  expect(error).toMatchObject({ problem: '3 ids do not fit in 2', remedy: 'pass room for 3' })
  expect(error).toBeInstanceOf(Error)
})

test('args: without a remedy', () => {
  const error = new KvmError({ code: 'EIO', call: 'KVM_RUN', problem: 'the VM is dead' })
  expect(error.message).toBe('KVM_RUN: the VM is dead (EIO)')
  expect(error.remedy).toBeUndefined()
})

test('behavior: errnoCode names positive and negative numbers', () => {
  for (const [code, errno] of Object.entries(errnoTable)) {
    expect(errnoCode(errno)).toBe(code)
    expect(errnoCode(-errno)).toBe(code)
  }
  expect(errnoCode(0)).toBeUndefined()
  expect(errnoCode(3)).toBeUndefined()
})
