/** Names in the hint space, those of later versions of the architecture included. [ARM] C6.2 HINT. */

/** CRm:op2 → name, without those that have rows of their own. */
export const HINT_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'nop'],
  [6, 'dgh'],
  [7, 'xpaclri'],
  [8, 'pacia1716'],
  [10, 'pacib1716'],
  [12, 'autia1716'],
  [14, 'autib1716'],
  [16, 'esb'],
  [17, 'psb csync'],
  [18, 'tsb csync'],
  [20, 'csdb'],
  [24, 'paciaz'],
  [25, 'paciasp'],
  [26, 'pacibz'],
  [27, 'pacibsp'],
  [28, 'autiaz'],
  [29, 'autiasp'],
  [30, 'autibz'],
  [31, 'autibsp'],
  [32, 'bti'],
  [34, 'bti c'],
  [36, 'bti j'],
  [38, 'bti jc'],
])
