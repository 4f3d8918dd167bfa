/** Calls that shall fail: for tests of what a user of KVM does then. */

import { type ErrnoCode, KvmError } from '@armvisor/uapi'

/** One failure to come. */
export interface FaultRule {
  /** The call by its header name, as `KVM_RUN`; `open`, `mmap`, `munmap`, `read`, `write` and `close` for those. */
  readonly call: string
  /** Which call of that name fails, from 1 on. Default 1. */
  readonly nth?: number
  /** How many fail from there on. Default 1; `Infinity` for all. */
  readonly times?: number
  readonly errno: ErrnoCode
}

/** A rule that can never mean anything. */
export class FaultRuleError extends RangeError {
  override readonly name = 'FaultRuleError'
  constructor(facts: { readonly call: string; readonly field: 'nth' | 'times'; readonly value: number }) {
    super(`rule for ${facts.call}: ${facts.field} is ${facts.value}, it counts calls from 1 on`)
  }
}

/** The rules, and how far they are. One plan may serve several handles; calls are counted over all of them. */
export class FaultPlan {
  readonly #rules: readonly Required<FaultRule>[]
  readonly #counts = new Map<string, number>()
  readonly #fired = new Set<Required<FaultRule>>()

  /** @throws {@link FaultRuleError} */
  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule) => ({ nth: 1, times: 1, ...rule }))
    for (const { call, nth, times } of this.#rules) {
      if (!(Number.isInteger(nth) && nth >= 1)) throw new FaultRuleError({ call, field: 'nth', value: nth })
      if (!(times >= 1)) throw new FaultRuleError({ call, field: 'times', value: times })
    }
  }

  /** Rules that no call has met: a test that ends with some has not tested what it wanted. */
  get pending(): readonly FaultRule[] {
    return this.#rules.filter((rule) => !this.#fired.has(rule))
  }

  /** How often a call was made, the failed ones included. */
  count(call: string): number {
    return this.#counts.get(call) ?? 0
  }

  /** A call begins. @throws `KvmError` if it shall fail; then it has no effect */
  check(call: string): void {
    const n = this.count(call) + 1
    this.#counts.set(call, n)
    const rule = this.#rules.find((it) => it.call === call && n >= it.nth && n < it.nth + it.times)
    if (rule === undefined) return
    this.#fired.add(rule)
    throw new KvmError({ code: rule.errno, call, problem: `call ${n} of this kind was told to fail` })
  }
}
