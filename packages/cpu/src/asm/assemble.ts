/** A small assembler for whole programs: labels, data directives, symbols. */

import { AssembleError, assembleLine } from './assemble-line.ts'

/** Where a program goes, and what it may name. */
export interface AssembleOptions {
  /** Address of the first byte. The default is 0. */
  readonly base?: bigint
  /** Names that stand for numbers, besides the program's labels. */
  readonly symbols?: Readonly<Record<string, bigint | number>>
}

/** An assembled program. */
export interface Program {
  readonly bytes: Uint8Array
  /** Addresses of the labels. */
  readonly labels: ReadonlyMap<string, bigint>
}

/** A line of a program that cannot be assembled; the message begins with its number. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  /** From 1. */
  readonly line: number
  constructor(facts: { readonly line: number; readonly text: string; readonly problem: string }) {
    super(`line ${facts.line}: ${facts.problem} in "${facts.text}"`)
    this.line = facts.line
  }
}

interface Statement {
  readonly line: number
  readonly text: string
  readonly address: bigint
  readonly sizeBytes: number
}

const LABEL = /^([A-Za-z_.$][\w.$]*):\s*/
const DATA_BYTES: Readonly<Record<string, number>> = {
  '.byte': 1,
  '.hword': 2,
  '.short': 2,
  '.word': 4,
  '.long': 4,
  '.quad': 8,
  '.xword': 8,
}

/** Removes a comment: `//` or `;` to the end of the line, outside strings. */
function withoutComment(line: string): string {
  let inString = false
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"' && line[i - 1] !== '\\') inString = !inString
    if (!inString && (line[i] === ';' || (line[i] === '/' && line[i + 1] === '/'))) return line.slice(0, i).trim()
  }
  return line.trim()
}

/** The text of a string literal, escapes resolved. */
function stringBytes(literal: string): number[] | undefined {
  if (!/^"(?:[^"\\]|\\.)*"$/.test(literal)) return undefined
  const text = literal
    .slice(1, -1)
    .replace(/\\(.)/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', 0: '\0' })[c] ?? c)
  return [...text].map((c) => c.charCodeAt(0) & 0xff)
}

/** Assembles a program line by line in two passes. */
class ProgramAssembler {
  readonly #base: bigint
  readonly #symbols = new Map<string, bigint>()
  readonly #labels = new Map<string, bigint>()
  readonly #statements: Statement[] = []
  #address: bigint

  constructor(options: AssembleOptions) {
    this.#base = options.base ?? 0n
    this.#address = this.#base
    for (const [name, value] of Object.entries(options.symbols ?? {})) this.#symbols.set(name, BigInt(value))
  }

  /** First pass: addresses. */
  layOut(source: string): void {
    source.split('\n').forEach((raw, i) => {
      const line = i + 1
      let text = withoutComment(raw)
      for (let label = LABEL.exec(text); label; label = LABEL.exec(text)) {
        const name = label[1] as string
        if (this.#labels.has(name))
          throw new ProgramError({ line, text: raw.trim(), problem: `label ${name} is defined twice` })
        this.#labels.set(name, this.#address)
        text = text.slice(label[0].length)
      }
      const equ = /^\.equ\s+([A-Za-z_.$][\w.$]*)\s*,\s*(.+)$/.exec(text)
      if (equ) {
        this.#symbols.set(equ[1] as string, this.#evaluate(equ[2] as string, line, raw.trim()))
        return
      }
      if (text === '') return
      const sizeBytes = this.#sizeOf(text, line)
      this.#statements.push({ line, text, address: this.#address, sizeBytes })
      this.#address += BigInt(sizeBytes)
    })
  }

  #sizeOf(text: string, line: number): number {
    const [directive = '', rest = ''] = this.#split(text)
    const unit = DATA_BYTES[directive]
    if (unit) return unit * rest.split(',').length
    if (directive === '.ascii' || directive === '.asciz' || directive === '.string') {
      const bytes = stringBytes(rest)
      if (!bytes) throw new ProgramError({ line, text, problem: 'a string in double quotes is missing' })
      return bytes.length + (directive === '.ascii' ? 0 : 1)
    }
    if (directive === '.space' || directive === '.skip') return Number(this.#evaluate(rest, line, text))
    if (directive === '.align' || directive === '.p2align') {
      const to = 1n << this.#evaluate(rest, line, text)
      return Number((to - (this.#address % to)) % to)
    }
    if (directive.startsWith('.') && directive !== '.inst')
      throw new ProgramError({ line, text, problem: `directive ${directive} is not known` })
    return 4
  }

  #split(text: string): [string, string] {
    const at = text.search(/\s/)
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()]
  }

  /** A sum of numbers, symbols and labels. */
  #evaluate(expression: string, line: number, text: string): bigint {
    let value = 0n
    const terms = expression.replace(/\s+/g, '').match(/[+-]?[^+-]+/g)
    if (!terms) throw new ProgramError({ line, text, problem: 'a number is missing' })
    for (const term of terms) {
      const sign = term.startsWith('-') ? -1n : 1n
      const body = term.replace(/^[+-]/, '')
      value += sign * (/^(0x[0-9a-f]+|\d+)$/i.test(body) ? BigInt(body) : this.#lookUp(body, line, text))
    }
    return value
  }

  #lookUp(name: string, line: number, text: string): bigint {
    const value = this.#symbols.get(name) ?? this.#labels.get(name)
    if (value === undefined) throw new ProgramError({ line, text, problem: `${name} is not defined` })
    return value
  }

  /** Second pass: bytes. */
  encode(): Program {
    const bytes = new Uint8Array(Number(this.#address - this.#base))
    const view = new DataView(bytes.buffer)
    for (const statement of this.#statements) this.#encodeStatement(statement, bytes, view)
    return { bytes, labels: this.#labels }
  }

  #encodeStatement(s: Statement, bytes: Uint8Array, view: DataView): void {
    const at = Number(s.address - this.#base)
    const [directive, rest] = this.#split(s.text)
    const unit = DATA_BYTES[directive]
    if (unit) {
      rest.split(',').forEach((expression, i) => {
        const value = BigInt.asUintN(64, this.#evaluate(expression, s.line, s.text))
        for (let b = 0; b < unit; b++) bytes[at + i * unit + b] = Number((value >> BigInt(b * 8)) & 0xffn)
      })
    } else if (directive === '.ascii' || directive === '.asciz' || directive === '.string') {
      bytes.set(stringBytes(rest) ?? [], at)
    } else if (!directive.startsWith('.') || directive === '.inst') {
      view.setUint32(at, this.#encodeInstruction(s), true)
    }
  }

  /** Names of labels and symbols in operand position become numbers. */
  #encodeInstruction(s: Statement): number {
    const [mnemonic, operands] = this.#split(s.text)
    const resolved = operands.replace(
      /#?([A-Za-z_.$][\w.$]*)((?:\s*[+-]\s*(?:0x[0-9a-fA-F]+|\d+))*)/g,
      (whole: string, name: string) => {
        if (!this.#symbols.has(name) && !this.#labels.has(name)) return whole
        return `#0x${BigInt.asUintN(64, this.#evaluate(whole.replace('#', ''), s.line, s.text)).toString(16)}`
      },
    )
    try {
      return assembleLine(`${mnemonic} ${resolved}`, s.address)
    } catch (error) {
      if (!(error instanceof AssembleError)) throw error
      throw new ProgramError({ line: s.line, text: s.text, problem: error.problem })
    }
  }
}

/**
 * Assembles a program: one instruction or directive a line, `label:`, `//` and `;` comments, `.equ`, `.byte .hword .word .quad .ascii .asciz
 * .space .align .inst`. Labels and symbols may stand wherever a number may, also with `+ n` or `- n`.
 * @throws {ProgramError} naming the line
 */
export function assemble(source: string, options: AssembleOptions = {}): Program {
  const assembler = new ProgramAssembler(options)
  assembler.layOut(source)
  return assembler.encode()
}
