/** Binary encoder for WebAssembly functions and modules: just what the code generators need. [WASM] §5. */

import { OP, type OpName, TYPE, type ValueType } from './opcodes.ts'

/** A growing byte buffer with the integer encodings of the binary format. */
export class Bytes {
  #data: Uint8Array
  length = 0

  constructor(capacity = 256) {
    this.#data = new Uint8Array(capacity)
  }

  #reserve(n: number): void {
    if (this.length + n <= this.#data.length) return
    const grown = new Uint8Array(Math.max(this.#data.length * 2, this.length + n))
    grown.set(this.#data.subarray(0, this.length))
    this.#data = grown
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#data[this.length++] = value
  }

  bytes(values: Uint8Array | readonly number[]): void {
    this.#reserve(values.length)
    this.#data.set(values, this.length)
    this.length += values.length
  }

  /** Unsigned LEB128 of a number below 2^32. */
  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Signed LEB128 of an i32. */
  signed32(value: number): void {
    let rest = value | 0
    for (;;) {
      const low = rest & 0x7f
      rest >>= 7
      if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) {
        this.byte(low)
        return
      }
      this.byte(low | 0x80)
    }
  }

  /** Signed LEB128 of an i64; the value is taken modulo 2^64. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value)
    if (rest >= -0x80000000n && rest <= 0x7fffffffn) {
      this.signed32(Number(rest))
      return
    }
    for (;;) {
      const low = Number(rest & 0x7fn)
      rest >>= 7n
      if ((rest === 0n && !(low & 0x40)) || (rest === -1n && low & 0x40)) {
        this.byte(low)
        return
      }
      this.byte(low | 0x80)
    }
  }

  name(text: string): void {
    this.unsigned(text.length)
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  /** A section or body: its length, then its bytes. */
  sized(part: Bytes): void {
    this.unsigned(part.length)
    this.bytes(part.view())
  }

  view(): Uint8Array {
    return this.#data.subarray(0, this.length)
  }
}

/** Code of one function, instruction by instruction. */
export class Code {
  readonly out: Bytes = new Bytes(1024)
  readonly #locals: ValueType[] = []
  readonly #paramCount: number
  /** Nesting depth of blocks, so that labels can be named by the depth at which they opened. */
  depth = 0

  constructor(paramCount: number) {
    this.#paramCount = paramCount
  }

  newLocal(type: ValueType): number {
    this.#locals.push(type)
    return this.#paramCount + this.#locals.length - 1
  }

  op(name: OpName): void {
    const code: number = OP[name]
    if (code < 0x100) {
      this.out.byte(code)
      return
    }
    this.out.byte(code >>> 16)
    this.out.unsigned(code & 0xffff)
  }

  i32(value: number): void {
    this.out.byte(OP['i32.const'])
    this.out.signed32(value)
  }

  i64(value: bigint): void {
    this.out.byte(OP['i64.const'])
    this.out.signed64(value)
  }

  v128(value: bigint): void {
    this.op('v128.const')
    for (let i = 0n; i < 128n; i += 8n) this.out.byte(Number((value >> i) & 0xffn))
  }

  get(local: number): void {
    this.out.byte(OP['local.get'])
    this.out.unsigned(local)
  }
  set(local: number): void {
    this.out.byte(OP['local.set'])
    this.out.unsigned(local)
  }
  tee(local: number): void {
    this.out.byte(OP['local.tee'])
    this.out.unsigned(local)
  }

  /** A load or store with a static offset; no alignment is promised. */
  mem(name: OpName, offset: number): void {
    this.op(name)
    this.out.unsigned(0)
    this.out.unsigned(offset)
  }

  lane(name: OpName, index: number): void {
    this.op(name)
    this.out.byte(index)
  }

  /** Opens a block and returns its label for {@link Code.br}. */
  block(kind: 'block' | 'loop' | 'if', result?: ValueType): number {
    this.out.byte(OP[kind])
    this.out.byte(result ? TYPE[result] : TYPE.empty)
    return ++this.depth
  }
  else(): void {
    this.out.byte(OP.else)
  }
  end(): void {
    this.depth--
    this.out.byte(OP.end)
  }
  br(label: number): void {
    this.out.byte(OP.br)
    this.out.unsigned(this.depth - label)
  }
  brIf(label: number): void {
    this.out.byte(OP.br_if)
    this.out.unsigned(this.depth - label)
  }
  brTable(labels: readonly number[], fallback: number): void {
    this.out.byte(OP.br_table)
    this.out.unsigned(labels.length)
    for (const label of labels) this.out.unsigned(this.depth - label)
    this.out.unsigned(this.depth - fallback)
  }
  call(index: number): void {
    this.out.byte(OP.call)
    this.out.unsigned(index)
  }
  callIndirect(type: number): void {
    this.out.byte(OP.call_indirect)
    this.out.unsigned(type)
    this.out.byte(0)
  }

  /** The function body as the code section wants it. */
  body(): Bytes {
    const body = new Bytes(this.out.length + 64)
    const runs: { type: ValueType; count: number }[] = []
    for (const type of this.#locals) {
      const last = runs[runs.length - 1]
      if (last && last.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    body.unsigned(runs.length)
    for (const run of runs) {
      body.unsigned(run.count)
      body.byte(TYPE[run.type])
    }
    body.bytes(this.out.view())
    body.byte(OP.end)
    return body
  }
}

/** A function type. */
export interface Signature {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** The memory that a module imports: both limits in 64 KiB pages, and whether threads share it. */
export interface MemoryType {
  readonly pages: number
  readonly isShared: boolean
}

/** Collects types, imports, functions and exports and writes the binary module. All modules import the memory as `env.memory`. */
export class ModuleBuilder {
  readonly #types: Signature[] = []
  readonly #imports: { name: string; type: number }[] = []
  readonly #functions: { type: number; code: Code; exportName: string | undefined }[] = []
  #importsTable = false
  readonly #memory: MemoryType

  constructor(memory: MemoryType) {
    this.#memory = memory
  }

  type(signature: Signature): number {
    const key = JSON.stringify(signature)
    const found = this.#types.findIndex((t) => JSON.stringify(t) === key)
    return found >= 0 ? found : this.#types.push(signature) - 1
  }

  /** Imports `env.<name>`; all imports come before the first function. */
  importFunction(name: string, signature: Signature): number {
    if (this.#functions.length > 0) throw new RangeError(`import ${name} after the first function`)
    return this.#imports.push({ name, type: this.type(signature) }) - 1
  }

  importTable(): void {
    this.#importsTable = true
  }

  addFunction(signature: Signature, code: Code, exportName?: string): number {
    return this.#imports.length + this.#functions.push({ type: this.type(signature), code, exportName }) - 1
  }

  /** What profilers call the functions: their exports' names. */
  #names(b: Bytes): void {
    b.name('name')
    b.byte(1)
    const part = new Bytes()
    const named = this.#functions.flatMap(({ exportName }, i) => (exportName === undefined ? [] : [{ exportName, i }]))
    part.unsigned(named.length)
    for (const { exportName, i } of named) {
      part.unsigned(this.#imports.length + i)
      part.name(exportName)
    }
    b.sized(part)
  }

  /** @param isNamed profilers are to know the functions by name */
  encode(isNamed = false): Uint8Array {
    const out = new Bytes(65536)
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    const section = (id: number, fill: (b: Bytes) => void): void => {
      const part = new Bytes()
      fill(part)
      out.byte(id)
      out.sized(part)
    }
    section(1, (b) => {
      b.unsigned(this.#types.length)
      for (const t of this.#types) {
        b.byte(0x60)
        for (const list of [t.params, t.results]) {
          b.unsigned(list.length)
          for (const v of list) b.byte(TYPE[v])
        }
      }
    })
    section(2, (b) => {
      b.unsigned(this.#imports.length + 1 + (this.#importsTable ? 1 : 0))
      b.name('env')
      b.name('memory')
      b.bytes([0x02, this.#memory.isShared ? 0x03 : 0x01])
      b.unsigned(this.#memory.pages)
      b.unsigned(this.#memory.pages)
      if (this.#importsTable) {
        b.name('env')
        b.name('table')
        b.bytes([0x01, 0x70, 0x00, 0x00])
      }
      for (const i of this.#imports) {
        b.name('env')
        b.name(i.name)
        b.byte(0x00)
        b.unsigned(i.type)
      }
    })
    section(3, (b) => {
      b.unsigned(this.#functions.length)
      for (const f of this.#functions) b.unsigned(f.type)
    })
    section(7, (b) => {
      const exported = this.#functions.flatMap((f, i) =>
        f.exportName === undefined ? [] : [{ name: f.exportName, index: this.#imports.length + i }],
      )
      b.unsigned(exported.length)
      for (const e of exported) {
        b.name(e.name)
        b.byte(0x00)
        b.unsigned(e.index)
      }
    })
    section(10, (b) => {
      b.unsigned(this.#functions.length)
      for (const f of this.#functions) b.sized(f.code.body())
    })
    if (isNamed) section(0, (b) => this.#names(b))
    return out.view().slice()
  }
}
