/** Turns the recorded meaning of one instruction into WebAssembly, for whichever consumer. */

import { LAYOUT } from '../state.ts'
import type { Builder } from './builder.ts'
import { EffectEmitter } from './emit/effects.ts'
import { vectorIndex } from './emit/values.ts'
import type { Commit, Effect, FpComparison, Node } from './node.ts'
import type { Target, VectorFile } from './target.ts'

/** Counts uses, so that shared values go to locals. */
function countUses(roots: readonly Node[]): void {
  const visit = (node: Node): void => {
    if (node.uses++ > 0) return
    for (const arg of node.args) visit(arg)
  }
  for (const root of roots) visit(root)
}

function rootsOfEffects(effects: readonly Effect[]): Node[] {
  const roots: Node[] = []
  for (const e of effects) {
    if (e.kind === 'access') roots.push(e.range.address)
    else if (e.kind === 'store') roots.push(e.value, ...(e.when ? [e.when] : []))
    else if (e.kind === 'storeDone') roots.push(...(e.when ? [e.when] : []))
    else if (e.kind === 'helper') {
      roots.push(...e.scalars, ...e.slots)
      if (e.unless) roots.push(e.unless.fast, ...e.unless.otherwise)
    } else if (e.kind === 'setState') roots.push(e.value)
    else if (e.kind === 'evaluate') roots.push(e.node)
    else if (e.kind === 'guard') roots.push(e.when, ...(e.quick ? [e.quick] : []))
    else if (e.kind === 'choice') roots.push(e.when, e.fast, ...rootsOfEffects(e.effects), e.slow)
    else if (e.kind === 'require') roots.push(e.condition)
  }
  return roots
}

function endsOf(end: Builder['terminator']): readonly Node[] {
  if (end.kind === 'relative') return end.when ? [end.when] : []
  if (end.kind === 'indirect') return [end.target]
  if (end.kind === 'attend') return [end.when]
  return end.kind === 'system' ? [...end.scalars, ...end.slots] : []
}

/** All values that an instruction's code asks for. */
export function rootsOf(insn: Builder): Node[] {
  return [...rootsOfEffects(insn.effects), ...insn.commits.map((c) => c.value), ...endsOf(insn.terminator)]
}

/** Emits one recorded instruction. */
export function emitInsn(target: Target, insn: Builder): void {
  new Emitter(target).run(insn)
}

/** Emits the parts of recorded instructions. */
export class Emitter extends EffectEmitter {
  /** Effects and commits; what the terminator needs is in locals afterwards where a commit could change it. */
  body(insn: Builder): void {
    const end = insn.terminator
    const ends = endsOf(end)
    const commits = insn.commits.map((commit) => this.#asNumber(commit))
    countUses([...rootsOfEffects(insn.effects), ...commits.map((c) => c.value), ...ends])
    if (this.target.vectors) this.#findVectorLoads(insn)
    for (const effect of insn.effects) this.effect(effect)
    if (end.kind !== 'system' && insn.commits.length > 0) for (const node of ends) this.materialise(node)
    this.#commit(commits, insn.compared)
  }

  run(insn: Builder): void {
    const end = insn.terminator
    this.body(insn)
    if (end.kind === 'system') {
      this.system(end)
      this.target.next()
    } else if (end.kind === 'attend') {
      this.attend(end.when)
      this.target.next()
    } else if (end.kind === 'next') this.target.next()
    else if (end.kind === 'indirect') this.target.branchIndirect(() => this.push(end.target), end.how)
    else if (!end.when) this.target.branchRelative(end.offset, end.fields)
    else {
      this.push(end.when)
      this.code.block('if')
      this.target.branchRelative(end.offset, end.fields)
      this.code.end()
      this.target.next()
    }
  }

  /** Finds what is loaded to go to a vector register and nowhere else. */
  #findVectorLoads({ effects, commits }: Builder): void {
    this.vectorLoads.clear()
    for (const e of effects) {
      if (e.kind !== 'load' || e.result.uses !== 1 || (e.name !== 'i64.load' && e.name !== 'i32.load')) continue
      const bits = e.name === 'i64.load' ? 64 : 32
      if (commits.some((c) => c.kind === 's' && c.bits === bits && c.value === e.result)) this.vectorLoads.add(e.result)
    }
  }

  /** Hands the flags of an instruction to a target that keeps them as values; gives back the other commits. */
  #takeFlags(commits: readonly Commit[], compared: FpComparison | undefined): readonly Commit[] {
    if (!this.target.deferFlags) return commits
    const word = (offset: number): Node | undefined =>
      commits.find((c) => c.kind === 'state' && c.offset === offset)?.value
    const [n, z, c, v] = [word(LAYOUT.n), word(LAYOUT.z), word(LAYOUT.c), word(LAYOUT.v)]
    if (!n || !z || !c || !v) return commits
    if (compared) for (const node of [compared.x, compared.y]) this.materialise(node)
    for (const node of [n, z, c, v]) this.settle(node)
    this.target.deferFlags({ n, z, c, v, compared })
    const flags: number[] = [LAYOUT.n, LAYOUT.z, LAYOUT.c, LAYOUT.v]
    return commits.filter((commit) => commit.kind !== 'state' || !flags.includes(commit.offset))
  }

  /** All values first, then all writes: a commit never sees another commit of its instruction. */
  #commit(all: readonly Commit[], compared: FpComparison | undefined): void {
    const commits = this.#takeFlags(all, compared)
    if (commits.length > 1) for (const commit of commits) this.materialise(commit.value)
    for (const commit of commits) this.#write(commit)
  }

  /** A scalar goes to a vector register in a local as a number, where it is one. */
  #asNumber(commit: Commit): Commit {
    if (!this.target.vectors || commit.kind !== 's' || commit.bits < 32) return commit
    const value = this.numberOf(commit.value)
    return value ? { ...commit, value } : commit
  }

  #writeScalar(vectors: VectorFile, { operand, bits, value }: Extract<Commit, { kind: 's' }>): void {
    const c = this.code
    const n = vectorIndex(operand)
    if (this.vectorLoads.has(value)) {
      c.get(value.local)
      vectors.set(n)
    } else if (bits >= 32) {
      const width = bits as 32 | 64
      if (value.type === 'f32' || value.type === 'f64') this.materialise(value)
      const isNumber = value.local >= 0 && (value.type === 'f32' || value.type === 'f64')
      let { local } = value
      if (!isNumber) {
        this.push(value)
        c.op(width === 64 ? 'f64.reinterpret_i64' : 'f32.reinterpret_i32')
        local = this.target.local(width === 64 ? 'f64' : 'f32')
        c.set(local)
      }
      vectors.setFloat(n, width, local)
    } else {
      this.push(value)
      c.op('i32x4.splat')
      vectors.clearAbove(bits)
      vectors.set(n)
    }
  }

  #write(commit: Commit): void {
    const c = this.code
    const push = (): void => this.push(commit.value)
    switch (commit.kind) {
      case 'x':
        this.target.storeX(commit.operand, commit.role, commit.value.type, push)
        return
      case 'lr':
        this.target.storeLR(push)
        return
      case 'state':
        this.target.storeField(commit.offset, commit.name, push)
        return
      case 's': {
        if (this.target.vectors) {
          this.#writeScalar(this.target.vectors, commit)
          return
        }
        this.materialise(commit.value)
        const offset = this.target.pushV(commit.operand, 0)
        push()
        if (commit.value.type === 'i32') {
          if (commit.bits < 32) {
            c.i32(2 ** commit.bits - 1)
            c.op('i32.and')
          }
          c.op('i64.extend_i32_u')
        }
        c.mem('i64.store', offset)
        this.target.pushV(commit.operand, 0)
        c.i64(0n)
        c.mem('i64.store', offset + 8)
        return
      }
      case 'v': {
        if (this.target.vectors) {
          push()
          this.target.vectors.clearAbove(commit.bits)
          this.target.vectors.set(vectorIndex(commit.operand, commit.plus))
          return
        }
        if (commit.bits === 128) {
          const offset = this.target.pushV(commit.operand, commit.plus)
          push()
          c.mem('v128.store', offset)
          return
        }
        this.materialise(commit.value)
        const offset = this.target.pushV(commit.operand, commit.plus)
        push()
        c.lane('i64x2.extract_lane', 0)
        if (commit.bits < 64) {
          c.i64((1n << BigInt(commit.bits)) - 1n)
          c.op('i64.and')
        }
        c.mem('i64.store', offset)
        this.target.pushV(commit.operand, commit.plus)
        c.i64(0n)
        c.mem('i64.store', offset + 8)
        return
      }
    }
  }
}
