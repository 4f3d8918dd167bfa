import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFdt } from '../../../test/fdt-decode.ts'
import { encodeFdt, FdtNameError } from './encode.ts'
import { type FdtNode, fdtCells, fdtEmpty, fdtNode, fdtStrings, fdtU64s } from './node.ts'

/** The tree of test/fixtures/fdt/sample.dts. */
const sample = fdtNode(
  '',
  {
    '#address-cells': fdtCells(2),
    '#size-cells': fdtCells(2),
    compatible: fdtStrings('acme,board', 'acme,family'),
    model: fdtStrings(''),
    'empty-value': fdtEmpty,
  },
  [
    fdtNode('memory@40000000', { device_type: fdtStrings('memory'), reg: fdtU64s(0x4000_0000, 0x1_2345_6000) }),
    fdtNode('cpus', { '#address-cells': fdtCells(1), '#size-cells': fdtCells(0) }, [
      fdtNode('cpu@0', { reg: fdtCells(0), bytes: Uint8Array.of(1, 2, 3, 4, 5), model: fdtStrings('x') }),
      fdtNode('cpu@1', {
        reg: fdtCells(1),
        'linux,phandle-of': fdtCells(0xffff_ffff),
        el: fdtStrings('suffix of model'),
      }),
    ]),
    fdtNode('a', {}, [fdtNode('b', {}, [fdtNode('c', {})])]),
  ],
)

describe('encodeFdt', () => {
  test('default: the same bytes as dtc', () => {
    const expected = readFileSync(new URL('../../../test/fixtures/fdt/sample.dtb', import.meta.url))
    const blob = encodeFdt(sample, {
      reservations: [
        { address: 0x4000_0000n, sizeBytes: 0x1_0000n },
        { address: 0xffff_f000n, sizeBytes: 0x1000n },
      ],
    })
    expect(Buffer.from(blob).toString('hex')).toBe(expected.toString('hex'))
  })

  test('args: boot CPU; no reservations', () => {
    expect(decodeFdt(encodeFdt(fdtNode('', {}), { bootCpu: 3 }))).toEqual({
      root: { name: '', properties: {}, children: [] },
      reservations: [],
      version: 17,
      lastCompatibleVersion: 16,
      bootCpu: 3,
    })
  })

  test('behavior: decode undoes encode', () => {
    // The decoder builds plain objects, where that one name is taken.
    const name = fc.stringMatching(/^[a-zA-Z0-9,._+-]{1,31}$/).filter((text) => text !== '__proto__')
    const properties = fc.dictionary(name, fc.uint8Array({ maxLength: 40 }), { maxKeys: 6, noNullPrototype: true })
    const nodeOfDepth = (depth: number): fc.Arbitrary<FdtNode> =>
      fc.record({
        name,
        properties,
        children: depth === 0 ? fc.constant([]) : fc.array(nodeOfDepth(depth - 1), { maxLength: 3 }),
      })
    fc.assert(
      fc.property(nodeOfDepth(3), (random) => {
        const root = { ...random, name: '' }
        expect(decodeFdt(encodeFdt(root)).root).toEqual(root)
      }),
    )
  })

  test('behavior: grows beyond its first buffer', () => {
    const value = new Uint8Array(100_000).map((_, i) => i & 0xff)
    expect(decodeFdt(encodeFdt(fdtNode('', { value }))).root.properties['value']).toEqual(value)
  })

  test('error: names against the rules', () => {
    for (const name of ['', 'a b', 'x'.repeat(32), 'a@', 'ü', 'a/b']) {
      expect(() => encodeFdt(fdtNode('', {}, [fdtNode('soc', {}, [fdtNode(name, {})])])), name).toThrow(FdtNameError)
    }
    expect(() => encodeFdt(fdtNode('', {}, [fdtNode('soc', { 'a b': fdtEmpty })]))).toThrow(
      "The device-tree property name 'a b' under '/soc' is not 1 to 31 of letters, digits and ,._+?#-: rename it.",
    )
  })
})

describe('values', () => {
  test('default: cells are big-endian, strings end in zero and are UTF-8', () => {
    expect([...fdtCells(0x1234_5678)]).toEqual([0x12, 0x34, 0x56, 0x78])
    expect([...fdtU64s(0xf_ffff_0000_0001)]).toEqual([0, 0x0f, 0xff, 0xff, 0, 0, 0, 1])
    const text = 'é€𝄞 plain'
    expect(Buffer.from(fdtStrings(text)).toString()).toBe(`${text}\0`)
  })

  test('error: a cell that is no 32-bit number', () => {
    for (const cell of [-1, 2 ** 32, 1.5, Number.NaN]) expect(() => fdtCells(cell)).toThrow(RangeError)
  })
})
