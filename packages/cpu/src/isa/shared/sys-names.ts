/** Names in the space of the SYS instruction: cache maintenance, address translation, TLB invalidation. [ARM] C5.3, C5.4, C5.5. */
// biome-ignore-all format: the columns are the table

/** op1, CRn, CRm, op2 → the 14-bit number of a system instruction. */
export function sysEncoding(op1: number, CRn: number, CRm: number, op2: number): number {
  return (op1 << 11) | (CRn << 7) | (CRm << 3) | op2
}

/** One name: mnemonic, operation, and whether a register follows. */
export interface SysName {
  readonly mnemonic: 'ic' | 'dc' | 'at' | 'tlbi'
  readonly operation: string
  readonly hasRegister: boolean
}

const names = new Map<number, SysName>()

/** Consecutive op2, from `op2` on; `-` skips one, a final `!` marks operations without a register. */
function run(mnemonic: SysName['mnemonic'], op1: number, CRn: number, CRm: number, op2: number, list: string): void {
  list.split(' ').forEach((word, i) => {
    if (word === '-') return
    const operation = word.replace('!', '')
    names.set(sysEncoding(op1, CRn, CRm, op2 + i), { mnemonic, operation, hasRegister: operation === word })
  })
}

run('ic', 0, 7, 1,  0, 'ialluis!')
run('ic', 0, 7, 5,  0, 'iallu!')
run('ic', 3, 7, 5,  1, 'ivau')
run('dc', 0, 7, 6,  1, 'ivac isw igvac igsw igdvac igdsw')
run('dc', 0, 7, 10, 2, 'csw - cgsw - cgdsw')
run('dc', 0, 7, 14, 2, 'cisw - cigsw - cigdsw')
run('dc', 3, 7, 4,  1, 'zva - gva gzva')
run('dc', 3, 7, 10, 1, 'cvac - cgvac - cgdvac')
run('dc', 3, 7, 11, 1, 'cvau')
run('dc', 3, 7, 12, 1, 'cvap - cgvap - cgdvap')
run('dc', 3, 7, 13, 1, 'cvadp - cgvadp - cgdvadp')
run('dc', 3, 7, 14, 1, 'civac - cigvac - cigdvac')
run('at', 0, 7, 8,  0, 's1e1r s1e1w s1e0r s1e0w')
run('at', 0, 7, 9,  0, 's1e1rp s1e1wp')
run('at', 4, 7, 8,  0, 's1e2r s1e2w - - s12e1r s12e1w s12e0r s12e0w')
run('at', 6, 7, 8,  0, 's1e3r s1e3w')
// TLBI: outer shareable (FEAT_TLBIOS), ranges (FEAT_TLBIRANGE), inner shareable, local.
run('tlbi', 0, 8, 1, 0, 'vmalle1os! vae1os aside1os vaae1os - vale1os - vaale1os')
run('tlbi', 0, 8, 2, 1, 'rvae1is - rvaae1is - rvale1is - rvaale1is')
run('tlbi', 0, 8, 3, 0, 'vmalle1is! vae1is aside1is vaae1is - vale1is - vaale1is')
run('tlbi', 0, 8, 5, 1, 'rvae1os - rvaae1os - rvale1os - rvaale1os')
run('tlbi', 0, 8, 6, 1, 'rvae1 - rvaae1 - rvale1 - rvaale1')
run('tlbi', 0, 8, 7, 0, 'vmalle1! vae1 aside1 vaae1 - vale1 - vaale1')
run('tlbi', 4, 8, 0, 1, 'ipas2e1is ripas2e1is - - ipas2le1is ripas2le1is')
run('tlbi', 4, 8, 1, 0, 'alle2os! vae2os - - alle1os! vale2os vmalls12e1os!')
run('tlbi', 4, 8, 2, 1, 'rvae2is - - - rvale2is')
run('tlbi', 4, 8, 3, 0, 'alle2is! vae2is - - alle1is! vale2is vmalls12e1is!')
run('tlbi', 4, 8, 4, 0, 'ipas2e1os ipas2e1 ripas2e1 ripas2e1os ipas2le1os ipas2le1 ripas2le1 ripas2le1os')
run('tlbi', 4, 8, 5, 1, 'rvae2os - - - rvale2os')
run('tlbi', 4, 8, 6, 1, 'rvae2 - - - rvale2')
run('tlbi', 4, 8, 7, 0, 'alle2! vae2 - - alle1! vale2 vmalls12e1!')
run('tlbi', 6, 8, 1, 0, 'alle3os! vae3os - - - vale3os')
run('tlbi', 6, 8, 2, 1, 'rvae3is - - - rvale3is')
run('tlbi', 6, 8, 3, 0, 'alle3is! vae3is - - - vale3is')
run('tlbi', 6, 8, 5, 1, 'rvae3os - - - rvale3os')
run('tlbi', 6, 8, 6, 1, 'rvae3 - - - rvale3')
run('tlbi', 6, 8, 7, 0, 'alle3! vae3 - - - vale3')

/** Encoding (op1<<11 | CRn<<7 | CRm<<3 | op2) → name. */
export const SYS_NAMES: ReadonlyMap<number, SysName> = names
