/**
 * Error numbers of the KVM interface and the error that carries one. [LINUX-UAPI] asm-generic/errno-base.h, errno.h.
 */

/** Every errno that the arm64 KVM interface gives, by name, with its positive number. */
export const errnoTable: Readonly<Record<ErrnoCode, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  ERANGE: 34,
  ENOSYS: 38,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  EHWPOISON: 133,
}

/**
 * Name of an errno that the arm64 KVM interface gives.
 *
 * @see {@link errnoTable} for the numbers.
 */
export type ErrnoCode =
  | 'EPERM'
  | 'ENOENT'
  | 'EINTR'
  | 'EIO'
  | 'ENXIO'
  | 'E2BIG'
  | 'ENOEXEC'
  | 'EBADF'
  | 'EAGAIN'
  | 'ENOMEM'
  | 'EACCES'
  | 'EFAULT'
  | 'EBUSY'
  | 'EEXIST'
  | 'ENODEV'
  | 'EINVAL'
  | 'EMFILE'
  | 'ENOTTY'
  | 'ENOSPC'
  | 'ERANGE'
  | 'ENOSYS'
  | 'EOVERFLOW'
  | 'EOPNOTSUPP'
  | 'EHWPOISON'

/**
 * Name of an errno number, positive or as the kernel returns it (negative); undefined if KVM on arm64 does not give it.
 *
 * @see {@link errnoTable}
 */
export function errnoCode(errno: number): ErrnoCode | undefined {
  const positive = Math.abs(errno)
  for (const code of Object.keys(errnoTable) as ErrnoCode[]) if (errnoTable[code] === positive) return code
  return undefined
}

/**
 * What is known about a failed call. {@link KvmError} makes the sentence from it.
 *
 * @see {@link KvmError}
 */
export interface KvmErrorFacts {
  /** Errno by name, as `EINVAL`. */
  readonly code: ErrnoCode
  /** The call by its header name, as `KVM_CREATE_VM`. */
  readonly call: string
  /** What is wrong: a clause with the value and the limit, no capital letter, no full stop. */
  readonly problem: string
  /** The way out: an imperative clause, if there is one. */
  readonly remedy?: string
}

/**
 * A KVM call that failed, with the errno that Linux gives there.
 *
 * `message` is one sentence: call, problem, remedy, and the errno's name in brackets.
 *
 * @see [KVM-API] §4 for the errors of each call.
 */
export class KvmError extends Error {
  // `declare`: the constructor sets them all, and a bundle of one encoder is to stay small.
  /** Errno by name, as `EINVAL`. */
  declare readonly code: ErrnoCode
  /** Errno as a positive number, as 22. */
  declare readonly errno: number
  /** The call by its header name, as `KVM_CREATE_VM`. */
  declare readonly call: string
  /** What is wrong, without the call and the way out. */
  declare readonly problem: string
  /** The way out, if there is one. */
  declare readonly remedy: string | undefined

  constructor({ call, problem, remedy, code }: KvmErrorFacts) {
    super(`${call}: ${problem}${remedy === undefined ? '' : `; ${remedy}`} (${code})`)
    Object.assign(this, { name: 'KvmError', code, errno: errnoTable[code], call, problem, remedy })
  }
}
