/** Errors of this package: each takes facts and writes the sentence. */

/** Why a stage-2 configuration is impossible. */
export type GeometryErrorReason =
  | 'not-an-integer'
  | 'too-small'
  | 'too-large'
  | 'needs-lpa2'
  | 'needs-lpa'
  | 'exceeds-pa'
  | 'unknown-granule'
  | 'unknown-pa-size'
  | 'bad-baddr'
  | 'bad-vmid'

/** The facts of a {@link GeometryError}. */
export interface GeometryErrorFacts {
  readonly reason: GeometryErrorReason
  /** What was given, as text. */
  readonly value: string
  /** What is wrong with it and which limit it breaks. */
  readonly problem: string
  /** What to do instead. */
  readonly remedy: string
}

/** A combination of IPA size, granule, features or register fields that the architecture does not have. */
export class GeometryError extends Error {
  override readonly name: string = 'GeometryError'
  /** The kind of problem, for programs. */
  readonly reason: GeometryErrorReason
  /** What was given, as text. */
  readonly value: string
  /** What to do instead. */
  readonly remedy: string

  constructor(facts: GeometryErrorFacts) {
    super(`${facts.value} ${facts.problem}; ${facts.remedy}`)
    this.reason = facts.reason
    this.value = facts.value
    this.remedy = facts.remedy
  }
}

/** An argument that no caller may pass: a programming error, not an outcome of the engine. */
export class Stage2ArgumentError extends Error {
  override readonly name: string = 'Stage2ArgumentError'
  /** The argument's name. */
  readonly argument: string

  constructor(argument: string, value: unknown, expected: string) {
    super(`${argument} is ${String(value)}; it must be ${expected}`)
    this.argument = argument
  }
}

/** `MmOps.allocTable` had no memory for a root table. */
export class TableAllocationError extends Error {
  override readonly name: string = 'TableAllocationError'
  /** Size that was asked for. */
  readonly sizeBytes: number
  /** Alignment that was asked for. */
  readonly alignBytes: number

  constructor(sizeBytes: number, alignBytes: number) {
    super(
      `no memory for a root table of ${sizeBytes} bytes aligned to ${alignBytes}; a larger table pool or another IPA size helps`,
    )
    this.sizeBytes = sizeBytes
    this.alignBytes = alignBytes
  }
}
