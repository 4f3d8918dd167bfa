import { describe, expect, test } from 'vitest'
import { MSR_IMM } from '../src/exception/kind.ts'
import { LAYOUT, TLB_SET_BYTES } from '../src/state.ts'
import { formatSysReg, sysRegEncoding } from '../src/sysreg/encoding.ts'
import { cpuModels } from '../src/sysreg/model.ts'
import { rowNamed, slotOfRow, sysRegs, UNKNOWN_RESET } from '../src/sysreg/table.ts'
import { AF, AP, AT, EL0, EL1, type Fixture, fixture, map4K, PAGE, PAN, put, stage1, tcr } from './system-fixture.ts'

const UNDEFINED = 0x02000000n

function el(mode: number, f = fixture()): Fixture {
  f.setReg('VBAR_EL1', 0x800000n)
  f.setReg('ESR_EL1', 0n)
  f.mode(mode)
  f.state.pc = BigInt(AT.code)
  return f
}

describe('the table', () => {
  test('behavior: names and encodings are unique, storage fits', () => {
    expect(new Set(sysRegs.map((row) => row.name)).size).toBe(sysRegs.length)
    expect(new Set(sysRegs.map((row) => row.encoding)).size).toBe(sysRegs.length)
    expect(slotOfRow(sysRegs.length)).toBeLessThanOrEqual(LAYOUT.sysregsEnd)
  })

  test('behavior: encodings are those of KVM register ids', () => {
    // Low halves of ids in Linux's uapi header and in its register list.
    expect(rowNamed('CNTVCT_EL0').encoding).toBe(0xdf02)
    expect(rowNamed('CNTV_CVAL_EL0').encoding).toBe(0xdf1a)
    expect(rowNamed('MPIDR_EL1').encoding).toBe(0xc005)
    expect(rowNamed('SCTLR_EL1').encoding).toBe(0xc080)
    expect(rowNamed('MDSCR_EL1').encoding).toBe(0x8012)
    expect(formatSysReg(0xdf02)).toBe('S3_3_C14_C0_2')
  })

  test('behavior: at EL0 everything is UNDEFINED, trapped or allowed as its row says', () => {
    for (const row of sysRegs) {
      const f = el(EL0)
      f.setReg('SCTLR_EL1', 0n)
      f.setReg('CPACR_EL1', 3n << 20n)
      f.mode(EL0)
      const value = f.mrs(row.name)
      const isReadable = row.el0.includes('r')
      const isTrapped = row.el0Sctlr !== undefined || row.el0Cntkctl !== undefined
      if (!isReadable) expect([row.name, f.reg('ESR_EL1')]).toEqual([row.name, UNDEFINED])
      else if (isTrapped) expect([row.name, f.reg('ESR_EL1') >> 26n]).toEqual([row.name, 0x18n])
      else expect([row.name, typeof value]).toEqual([row.name, 'bigint'])
    }
  })

  test('behavior: at EL1 every row reads, writes and refuses as it says', () => {
    for (const row of sysRegs) {
      const f = el(EL1)
      f.setReg('CPACR_EL1', 3n << 20n)
      const value = f.mrs(row.name)
      expect([row.name, value !== undefined]).toEqual([row.name, row.el1.includes('r')])
      f.mode(EL1)
      f.setReg('ESR_EL1', 0n)
      f.msr(row.name, value ?? 0n)
      if (row.name !== 'ESR_EL1') {
        expect([row.name, f.reg('ESR_EL1') === UNDEFINED]).toEqual([row.name, !row.el1.includes('w')])
      }
    }
  })

  test('behavior: the guest changes only what the mask lets through', () => {
    const f = el(EL1)
    f.msr('CPACR_EL1', ~0n)
    f.msr('VBAR_EL1', ~0n)
    f.msr('CONTEXTIDR_EL1', ~0n)
    f.msr('ACTLR_EL1', ~0n)
    expect([f.mrs('CPACR_EL1'), f.mrs('VBAR_EL1'), f.mrs('CONTEXTIDR_EL1'), f.mrs('ACTLR_EL1')]).toEqual([
      0x300000n,
      0xffff_ffff_ffff_f800n,
      0xffff_ffffn,
      0n,
    ])
  })
})

describe('identification', () => {
  test('default: claims exactly the features that are implemented', () => {
    const f = el(EL1)
    expect(f.mrs('ID_AA64PFR0_EL1')).toBe(0x1100_0000_0100_0011n)
    expect(f.mrs('ID_AA64ISAR0_EL1')).toBe(0x0000_0000_0021_1120n)
    expect(f.mrs('ID_AA64ISAR1_EL1')).toBe(0x0000_0000_0010_0000n)
    expect(f.mrs('ID_AA64MMFR0_EL1')).toBe(0x0000_0000_0010_0025n)
    expect(f.mrs('ID_AA64MMFR1_EL1')).toBe(0x0000_0000_0010_0020n)
    expect(f.mrs('ID_AA64MMFR2_EL1')).toBe(0x1000_0000_0000_0000n)
    expect(f.mrs('ID_AA64DFR0_EL1')).toBe(0x1030_5006n)
    expect(f.mrs('CTR_EL0')).toBe(0xb444_c004n)
    expect(f.mrs('DCZID_EL0')).toBe(4n)
  })

  test('behavior: LPA2: 52 bits with 4K, 16K and, by VARange, 64K', () => {
    const f = el(EL1, fixture(cpuModels['armv8-lpa2']))
    expect(f.mrs('ID_AA64MMFR0_EL1')).toBe(0x0000_0303_1020_0026n)
    expect(f.mrs('ID_AA64MMFR2_EL1')).toBe(0x1000_0000_0001_0000n)
  })

  test('behavior: the reserved ID space reads zero at EL1, the rest of the space does not exist', () => {
    for (let CRm = 1; CRm < 8; CRm++) {
      for (let op2 = 0; op2 < 8; op2++) {
        const f = el(EL1)
        expect(f.system.mrs(sysRegEncoding(3, 0, 0, CRm, op2))).toBe(0)
        f.mode(EL0)
        expect(f.system.mrs(sysRegEncoding(3, 0, 0, CRm, op2))).toBe(1)
      }
    }
    for (const encoding of [
      sysRegEncoding(3, 0, 0, 0, 1),
      sysRegEncoding(3, 0, 0, 8, 0),
      sysRegEncoding(3, 3, 9, 12, 0),
    ]) {
      const f = el(EL1)
      expect(f.system.mrs(encoding)).toBe(1)
      expect(f.reg('ESR_EL1')).toBe(UNDEFINED)
    }
  })

  test('behavior: CSSELR chooses the cache', () => {
    const f = el(EL1)
    f.msr('CSSELR_EL1', 1n)
    expect(f.mrs('CCSIDR_EL1')).toBe(0xfe01an)
    f.msr('CSSELR_EL1', 2n)
    expect(f.mrs('CCSIDR_EL1')).toBe(0n)
  })
})

describe('PSTATE as registers', () => {
  test('default: CurrentEL, SPSel, PAN, NZCV, DAIF', () => {
    const f = el(EL1 | PAN | 0x240)
    f.msr('NZCV', 0xa000_0000n)
    expect(f.system.pstate).toBe(0xa0400245)
    expect([f.mrs('CurrentEL'), f.mrs('SPSel'), f.mrs('PAN'), f.mrs('NZCV'), f.mrs('DAIF')]).toEqual([
      4n,
      1n,
      0x400000n,
      0xa000_0000n,
      0x240n,
    ])
    expect(f.state.nzcv).toBe(0xa0000000)
  })

  test('behavior: PAN switches the data TLB and the loop learns it', () => {
    const f = el(EL1)
    expect(f.system.msrImm(MSR_IMM.PAN, 1)).toBe(1)
    expect(f.state.pc).toBe(BigInt(AT.code) + 4n)
    expect(f.state.get32(LAYOUT.tlbBase)).toBe(LAYOUT.tlb + 2 * TLB_SET_BYTES)
    expect(f.msr('PAN', 0n)).toBe(1)
    expect(f.state.get32(LAYOUT.tlbBase)).toBe(LAYOUT.tlb)
  })

  test('behavior: SP_EL0 is UNDEFINED while it is the current stack pointer', () => {
    const f = el(0x4)
    expect(f.mrs('SP_EL0')).toBeUndefined()
    f.mode(EL1)
    f.msr('SP_EL0', 0x1230n)
    f.mode(EL0)
    expect(f.state.sp).toBe(0x1230n)
  })

  test('behavior: DAIFSet at EL0 is for SCTLR.UMA to allow', () => {
    const f = el(EL0)
    f.memory.u32[AT.code >>> 2] = 0xd50342df
    f.system.msrImm(MSR_IMM.DAIFSet, 2)
    // Op0 0, Op2 6, Op1 3, CRn 4, Rt 31, CRm 2.
    expect(f.reg('ESR_EL1')).toBe(BigInt((0x62000000 | (6 << 17) | (3 << 14) | (4 << 10) | (31 << 5) | (2 << 1)) >>> 0))
    f.setReg('SCTLR_EL1', 0x00c50278n)
    f.mode(EL0)
    expect(f.system.msrImm(MSR_IMM.DAIFSet, 2)).toBe(0)
    expect(f.system.pstate).toBe(0x80)
  })

  test('behavior: CPACR decides who may use FP registers', () => {
    const f = el(EL1)
    for (const [fpen, el0, el1] of [
      [0n, 1, 1],
      [1n, 1, 0],
      [2n, 1, 1],
      [3n, 0, 0],
    ] as const) {
      f.mode(EL1)
      f.msr('CPACR_EL1', fpen << 20n)
      expect(f.state.get32(LAYOUT.fpDisabled)).toBe(el1)
      expect(f.mrs('FPCR') === undefined).toBe(el1 === 1)
      if (el1) expect(f.reg('ESR_EL1')).toBe(0x1fe00000n)
      f.mode(EL0)
      expect(f.state.get32(LAYOUT.fpDisabled)).toBe(el0)
    }
  })

  test('behavior: FPCR and FPSR keep what exists', () => {
    const f = el(EL1)
    f.msr('CPACR_EL1', 3n << 20n)
    f.msr('FPCR', 0xffff_ffffn)
    f.msr('FPSR', 0xffff_ffffn)
    expect([f.mrs('FPCR'), f.mrs('FPSR')]).toEqual([0x07c0_0000n, 0x0800_009fn])
  })
})

describe('EL0 traps', () => {
  test('behavior: MRS X7, CTR_EL0 without SCTLR.UCT reports the register and Rt', () => {
    const f = el(EL0)
    f.memory.u32[AT.code >>> 2] = 0xd53b0027
    expect(f.mrs('CTR_EL0')).toBeUndefined()
    // Op0 3, Op2 1, Op1 3, CRn 0, Rt 7, CRm 0, read.
    expect(f.reg('ESR_EL1')).toBe(BigInt((0x62000000 | (3 << 20) | (1 << 17) | (3 << 14) | (7 << 5) | 1) >>> 0))
    f.setReg('SCTLR_EL1', 0x00c58078n)
    f.mode(EL0)
    expect(f.mrs('CTR_EL0')).toBe(0xb444_c004n)
  })

  test('behavior: counters by CNTKCTL', () => {
    const f = el(EL0)
    f.counter = 0x1_0000_0005
    f.system.counterOffset = 6
    const readable = () =>
      (['CNTFRQ_EL0', 'CNTPCT_EL0', 'CNTVCT_EL0', 'CNTV_CTL_EL0', 'CNTP_CTL_EL0'] as const).map((name) => {
        f.mode(EL0)
        return f.mrs(name)
      })
    f.setReg('CNTKCTL_EL1', 0n)
    expect(readable()).toEqual([undefined, undefined, undefined, undefined, undefined])
    f.setReg('CNTKCTL_EL1', 2n)
    expect(readable()).toEqual([62_500_000n, undefined, 0xffff_ffffn, undefined, undefined])
    f.setReg('CNTKCTL_EL1', 0x301n)
    expect(readable()).toEqual([62_500_000n, 0x1_0000_0005n, undefined, 0n, 0n])
  })

  test('behavior: an offset beyond the counter wraps', () => {
    const f = el(EL1)
    f.counter = 1
    f.system.counterOffset = 3
    expect(f.mrs('CNTVCT_EL0')).toBe(0xffff_ffff_ffff_fffen)
  })
})

describe("the hypervisor's registers", () => {
  test('default: reads and writes are forwarded with their encoding', () => {
    const f = el(EL1)
    f.hostValue = 0x1234n
    expect(f.mrs('ICC_IAR1_EL1')).toBe(0x1234n)
    expect(f.msr('CNTV_CVAL_EL0', 0xffff_ffff_ffff_ffffn)).toBe(0)
    expect(f.hostAccesses).toEqual([
      { encoding: 0xc660, isWrite: false, value: 0n },
      { encoding: 0xdf1a, isWrite: true, value: 0xffff_ffff_ffff_ffffn },
    ])
    expect(f.system.getReg(0xc660)).toBeUndefined()
  })

  test('behavior: what the host does not know is UNDEFINED', () => {
    const f = el(EL1)
    f.hostValue = undefined
    expect(f.mrs('ICC_SRE_EL1')).toBeUndefined()
    expect(f.reg('ESR_EL1')).toBe(UNDEFINED)
  })

  test('behavior: a write that raises an interrupt takes it after the instruction', () => {
    const f = el(EL1)
    const { system } = f
    f.hostValue = 0n
    system.setInterruptLine('irq', true)
    expect(f.msr('ICC_PMR_EL1', 0xf0n)).toBe(1)
    expect(f.reg('ELR_EL1')).toBe(BigInt(AT.code) + 4n)
  })
})

describe("the hypervisor's access", () => {
  test('behavior: reset values', () => {
    const f = fixture()
    expect(f.system.pstate).toBe(0x3c5)
    expect(f.reg('SCTLR_EL1')).toBe(0xc50078n)
    expect(f.reg('TTBR0_EL1')).toBe(UNKNOWN_RESET)
    expect(f.reg('MPIDR_EL1')).toBe(0x8000_0000n)
  })

  test('behavior: set and get agree for every readable register that is storage', () => {
    const f = fixture()
    for (const row of sysRegs) {
      if (row.read || row.write || row.host || row.el1 === 'w') continue
      const value = row.el1 === 'r' ? 0x1234_5678_9abc_def0n : 0x1234_5678_9abc_def0n & (row.mask ?? ~0n)
      const old = f.reg(row.name)
      expect(f.system.setReg(row.encoding, 0x1234_5678_9abc_def0n)).toBe(true)
      const kept = row.el1 === 'r' ? 0n : old & ~(row.mask ?? ~0n)
      expect([row.name, f.reg(row.name)]).toEqual([row.name, value | kept])
    }
    expect(f.system.setReg(sysRegEncoding(3, 3, 9, 12, 0), 0n)).toBe(false)
    expect(f.system.getReg(sysRegEncoding(3, 3, 9, 12, 0))).toBeUndefined()
  })

  test('behavior: setting a translation register counts at once', () => {
    const f = fixture()
    f.mode(EL1)
    map4K(f, 0x5000n, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(4, 16))
    expect(f.system.translateVa(0x5010n)).toBe(AT.page + 0x10)
    expect(f.system.translateVa(0x6000n)).toBeUndefined()
    expect(f.reg('ESR_EL1')).toBe(UNKNOWN_RESET)
  })

  test('error: modes that do not exist are refused', () => {
    const f = fixture()
    for (const mode of [0x9, 0x1, 0x10, 0x1f]) expect(() => f.mode(mode)).toThrow(RangeError)
  })

  test('behavior: reload takes over a block that was overwritten', () => {
    const f = fixture()
    f.mode(EL1)
    map4K(f, 0x5000n, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(4, 16))
    const saved = f.memory.u8.slice(f.state.base, f.state.base + LAYOUT.end)
    f.system.reset()
    expect(f.access(0x5000n, 8)).toBe(0x5000)
    f.memory.u8.set(saved, f.state.base)
    f.system.reload()
    expect(f.access(0x5000n, 8)).toBe(AT.page)
  })
})

describe('system instructions', () => {
  const at = (f: Fixture, op2: number, va: bigint) => {
    f.state.set64(LAYOUT.arg0, va)
    expect(f.system.sys(sysRegEncoding(1, 0, 7, 8, op2))).toBe(0)
    return f.reg('PAR_EL1')
  }

  test('behavior: AT reports address and attributes, or the fault', () => {
    const f = fixture()
    map4K(f, 0x5000n, BigInt(AT.page) | PAGE | AF | AP(1) | (3n << 8n))
    put(f, AT.tables + 0x3000, 6, BigInt(AT.page) | PAGE | AF | AP(2) | (1n << 2n))
    stage1(f, tcr(4, 16))
    f.mode(EL1 | PAN)
    // ATTR 0xff, SH 3, RES1 bit 11; PAN does not count.
    expect([0, 1, 2, 3].map((op2) => at(f, op2, 0x5123n))).toEqual(
      Array(4).fill((0xffn << 56n) | BigInt(AT.page) | 0x980n),
    )
    // Device, outer shareable; read-only to EL1, nothing to EL0: permission fault at level 3.
    expect([0, 1, 2, 3].map((op2) => at(f, op2, 0x6000n))).toEqual([BigInt(AT.page) | 0x900n, 0x81fn, 0x81fn, 0x81fn])
    expect(at(f, 0, 0x7000n)).toBe(0x80fn)
  })

  test('behavior: cache maintenance is UCI at EL0, and faults where the address does', () => {
    const CVAU = sysRegEncoding(1, 3, 7, 11, 1)
    const f = el(EL0)
    f.memory.u32[AT.code >>> 2] = 0xd50b7b23
    f.system.sys(CVAU)
    expect(f.reg('ESR_EL1')).toBe(
      BigInt((0x62000000 | (1 << 20) | (1 << 17) | (3 << 14) | (7 << 10) | (3 << 5) | (11 << 1)) >>> 0),
    )
    stage1(f, tcr(4, 16), AT.tables, AT.tables, 1n << 26n)
    f.mode(EL0)
    f.state.set64(LAYOUT.arg0, 0x5000n)
    expect(f.system.sys(CVAU)).toBe(1)
    expect(f.reg('ESR_EL1')).toBe(0x92000144n)
    expect(f.reg('FAR_EL1')).toBe(0x5000n)
    map4K(f, 0x5000n, BigInt(AT.page) | PAGE | AF | AP(3))
    f.mode(EL0)
    expect(f.system.sys(CVAU)).toBe(0)
  })

  test('behavior: EL1 cleans what it may not read, and invalidates only what it may write', () => {
    const CVAU = sysRegEncoding(1, 3, 7, 11, 1)
    const IVAC = sysRegEncoding(1, 0, 7, 6, 1)
    const f = el(EL1)
    stage1(f, tcr(4, 16))
    map4K(f, 0x5000n, BigInt(AT.page) | PAGE | AF | AP(1))
    f.mode(EL1 | PAN)
    f.state.set64(LAYOUT.arg0, 0x5000n)
    expect(f.system.sys(CVAU)).toBe(0)
    expect(f.system.sys(IVAC)).toBe(1)
    expect(f.reg('ESR_EL1')).toBe(0x9600014fn)
  })

  test('behavior: privileged and absent instructions are UNDEFINED at EL0', () => {
    for (const encoding of [
      sysRegEncoding(1, 0, 7, 5, 0),
      sysRegEncoding(1, 0, 7, 8, 0),
      sysRegEncoding(1, 3, 7, 12, 1),
    ]) {
      const f = el(EL0)
      expect(f.system.sys(encoding)).toBe(1)
      expect(f.reg('ESR_EL1')).toBe(UNDEFINED)
    }
  })
})
