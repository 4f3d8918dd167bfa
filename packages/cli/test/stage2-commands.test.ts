import { computeGeometry, encodeVtcr, Prot, Stage2Table, TablePool } from '@armvisor/stage2'
import { describe, expect, test } from 'vitest'
import { FakeHost, runCommand } from './fake-host.ts'

/** A file of memory with a live-looking table, and the registers that go with it. */
function image(): { host: FakeHost; args: string[] } {
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  const buffer = new ArrayBuffer(0x20000)
  const pool = new TablePool({ buffer, base: 0x8000_0000, pageBytes: 4096 })
  const table = new Stage2Table({ geometry, mm: pool })
  table.map(0x4000_0000n, 0x20_0000n, 0xc000_0000n, Prot.rwx)
  table.map(0x4800_0000n, 0x3000n, 0x1_2345_6000n, Prot.rw)
  table.map(0x900_0000n, 0x1000n, 0x900_0000n, Prot.rw | Prot.device)
  const host = new FakeHost()
  host.files.set('memory.bin', new Uint8Array(buffer))
  const hex = (word: bigint) => `0x${word.toString(16)}`
  const registers = ['--vtcr', hex(encodeVtcr({ geometry, paBits: 48 })), '--vttbr', hex(table.vttbr(3))]
  return { host, args: ['memory.bin', '--base', '0x80000000', '--pa-bits', '48', '--no-lpa2', ...registers] }
}

describe('stage2 smallest', () => {
  test('default: size, reasons, alternatives', async () => {
    const { status, out, err } = await runCommand([
      'stage2',
      'smallest',
      'RAM=0x40000000+4G',
      'UART=0x9000000-0x9000fff',
      '--granule',
      '4K',
      '--pa-bits',
      '36',
    ])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatchInlineSnapshot(`
      "33 bits, 4K granule

      - RAM ends at 0x13fffffff, which takes 33 address bits
      - 33 bits with 4K are 2 levels from level 2 with 8 concatenated root tables of 32 KiB in all
      - 35 bits would save 24 KiB of tables, for 1 more read in each walk

      granule  bits  levels  start  root tables  root    with pages  with blocks
      4K       33    2       2      8            32 KiB  8228 KiB    36 KiB
      4K       34    2       2      16           64 KiB  8260 KiB    68 KiB
      4K       35    3       1      1            4 KiB   8220 KiB    12 KiB
      4K       36    3       1      1            4 KiB   8220 KiB    12 KiB
      "
    `)
  })

  test('args: --json', async () => {
    const { out } = await runCommand(['stage2', 'smallest', '0x40000000+8G', '--granule', '16K', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      neededBits: 34,
      smallest: { ipaBits: 34, granule: '16K', levels: 2, rootTables: 1 },
      refused: expect.arrayContaining([expect.objectContaining({ ipaBits: 49 })]),
    })
  })

  test.each([
    [['RAM'], 2, /RAM is no region: give BASE\+SIZE or BASE-LAST/],
    [['0x4000-0x3fff'], 2, /is empty/],
    [['0x0+0'], 2, /is empty/],
    [['0x0+16T', '--pa-bits', '40'], 1, /above the machine's physical address size of 40 bits/],
    [['0x0+1G', '--pa-bits', '41'], 2, /--pa-bits 41 is no physical address size/],
  ])('error: %o', async (args, expected, sentence) => {
    const { status, err } = await runCommand(['stage2', 'smallest', ...args])
    expect(status).toBe(expected)
    expect(err).toMatch(sentence)
  })
})

describe('stage2 decode', () => {
  test('default: registers of a running Linux', async () => {
    const { status, out } = await runCommand(['stage2', 'decode', '--vtcr', '0x802d3558', '--vttbr', '0x9000048366001'])
    expect(status).toBe(0)
    expect(out).toMatchInlineSnapshot(`
      "VTCR_EL2 0x802d3558
        T0SZ   [5:0]    0x18   40-bit intermediate physical addresses, 1 TiB
        SL0    [7:6]    0x1    walks start at level 1, for 31 to 43 bits
        IRGN0  [9:8]    0x1    walks read tables through inner caches: Write-back, write-allocate
        ORGN0  [11:10]  0x1    through outer caches: Write-back, write-allocate
        SH0    [13:12]  0x3    tables are Inner shareable
        TG0    [15:14]  0x0    4K granule
        PS     [18:16]  0x5    physical addresses of 48 bits, 256 TiB
        VS     [19]     0x1    16-bit VMIDs
        HA     [21]     0x1    hardware sets access flags
        HD     [22]     0x0    software manages dirty state
        HWU    [28:25]  0x0    bits [62:59] of leaves that hardware may use
        NSW    [29]     0x0    of Secure EL2
        NSA    [30]     0x0    of Secure EL2
        RES1   [31]     0x1    always 1
        DS     [32]     0x0    48-bit descriptors, or 52 bits with 64K
        SL2    [33]     0x0    means nothing here
      VTTBR_EL2 0x9000048366001
        CnP    [0]      0x1    translations are common to all CPUs
        BADDR  [47:1]   0x241b3000 the root is at 0x48366000
        VMID   [63:48]  0x9    VMID 9

      40-bit addresses in pages of 4 KiB: 3 levels, from level 1
      the root is 2 concatenated tables of 1024 entries in all, 8 KiB, indexed by bits [39:30]
      it lies at 0x48366000, for VMID 9
      output addresses have 48 bits
      "
    `)
  })

  test('args: --json with every broken rule', async () => {
    const { out } = await runCommand([
      'stage2',
      'decode',
      '--vtcr',
      '0x2d35cf',
      '--pa-bits',
      '40',
      '--no-lpa2',
      '--json',
    ])
    const { problems } = JSON.parse(out)
    expect(problems.map((one: { field: string }) => one.field)).toEqual(['T0SZ', 'SL0', 'RES1', 'PS'])
  })

  test('error: no number', async () => {
    const { status, err } = await runCommand(['stage2', 'decode', '--vtcr', 'full'])
    expect({ status, err }).toMatchObject({
      status: 2,
      err: expect.stringMatching(/--vtcr full is no number below 2\^64/),
    })
  })
})

describe('tables in a memory image', () => {
  test('default: dump', async () => {
    const { host, args } = image()
    const { status, out, err } = await runCommand(['stage2', 'dump', ...args], host)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatchInlineSnapshot(`
      "stage 2, VTTBR_EL2 0x80002000: 40 bits, 4 KiB pages, from level 1
      tables: 2 of level 1, 2 of level 2, 2 of level 3
      0x0009000000-0x0009001000 -> 0x0009000000 rw- Device-nGnRE AF L3 x1 (4 KiB)
      0x0040000000-0x0040200000 -> 0x00c0000000 rwx Normal-WB AF L2 x1 (2 MiB)
      0x0048000000-0x0048003000 -> 0x0123456000 rw- Normal-WB AF L3 x3 (12 KiB)
      "
    `)
  })

  test('default: walk', async () => {
    const { host, args } = image()
    const [file = '', ...rest] = args
    const { status, out } = await runCommand(
      ['stage2', 'walk', file, '0x48001234', '0x40012345', '0x50000000', '0x10000000000', ...rest],
      host,
    )
    expect(status).toBe(0)
    expect(out).toMatchInlineSnapshot(`
      "0x48001234
        L1 [1] @0x80002008 = 0x0000000080001003 table
        L2 [64] @0x80001200 = 0x0000000080004003 table
        L3 [1] @0x80004008 = 0x00400001234577ff page
        -> 0x123457234 read, write
      0x40012345
        L1 [1] @0x80002008 = 0x0000000080001003 table
        L2 [0] @0x80001000 = 0x00000000c00007fd block
        -> 0xc0012345 read, write, execute at EL0, execute at EL1
      0x50000000
        L1 [1] @0x80002008 = 0x0000000080001003 table
        L2 [128] @0x80001400 = 0x0000000000000000 invalid
        translation fault, level 2: the level-2 descriptor 0x0 at 0x80001400 is invalid
      0x10000000000
        is outside the address space
      "
    `)
  })

  test('default: picture', async () => {
    const { host, args } = image()
    const { status, out } = await runCommand(['stage2', 'picture', ...args], host)
    expect(status).toBe(0)
    expect(out).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(out).toContain('0x48000000')
    expect(out).toContain('Device-nGnRE')
  })

  test('args: --json of all three', async () => {
    const { host, args } = image()
    const json = async (...argv: string[]) => {
      host.stdout.chunks.length = 0
      return JSON.parse((await runCommand([...argv, '--json'], host)).out)
    }
    const [file = '', ...rest] = args
    expect(await json('stage2', 'dump', ...args)).toMatchObject([
      {
        stage: 2,
        name: 'VTTBR_EL2',
        runs: [{ address: '0x9000000' }, { address: '0x40000000' }, { address: '0x48000000', entries: 3 }],
      },
    ])
    expect(await json('stage2', 'walk', file, '0x48002fff', ...rest)).toMatchObject([
      { outcome: { pa: '0x123458fff' } },
    ])
    expect(await json('stage2', 'picture', ...args)).toMatchObject([
      { name: 'VTTBR_EL2', svg: expect.stringMatching(/^<svg/) },
    ])
  })

  test('args: stage 1 of EL2', async () => {
    // One 1 GiB block at 0x40000000: attribute 0, AF, inner shareable, XN.
    const bytes = new Uint8Array(0x1000)
    new DataView(bytes.buffer).setBigUint64(8, 0x0040_0000_4000_0701n, true)
    const host = new FakeHost()
    host.files.set('el2.bin', bytes)
    const registers = [
      '--regime',
      'EL2',
      '--tcr',
      '0x80853519',
      '--ttbr0',
      '0x1000',
      '--mair',
      '0xff',
      '--base',
      '0x1000',
    ]
    const { status, out, err } = await runCommand(['stage2', 'dump', 'el2.bin', ...registers, '--no-lpa2'], host)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('0x0040000000-0x0080000000 -> 0x0040000000 rw- Normal WB ISH AF L1 x1 (1 GiB)')
  })

  test.each([
    [['dump', 'memory.bin'], 2, /No registers are given/],
    [['dump', 'memory.bin', '--vtcr', '0x802d3558'], 2, /--vttbr is missing/],
    [['dump', 'memory.bin', '--tcr', '0'], 2, /--ttbr0 or --ttbr1 is missing/],
    [['dump', 'gone.bin', '--vtcr', '0x802d3558', '--vttbr', '0'], 1, /The memory image gone\.bin does not exist/],
    [['dump', 'memory.bin', '--vtcr', '0x802d3500', '--vttbr', '0'], 1, /T0SZ 0 means 64-bit addresses/],
    [['walk', 'memory.bin', 'here', '--vtcr', '0x802d3558', '--vttbr', '0'], 2, /The address here is no number/],
  ])('error: %o', async (args, expected, sentence) => {
    const { status, err } = await runCommand(['stage2', ...args], image().host)
    expect({ status, err }).toMatchObject({ status: expected, err: expect.stringMatching(sentence) })
  })
})
