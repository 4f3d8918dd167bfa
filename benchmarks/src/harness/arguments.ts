/** Values of options that several benchmarks have. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './errors.ts'

/** Parses options; nothing else is allowed. @throws {@link UsageError} */
export function parseOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>['values'] {
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Parses a number. @throws {@link UsageError} */
export function parseNumber(
  name: string,
  text: string | undefined,
  { min, max, isWhole = false }: { readonly min: number; readonly max: number; readonly isWhole?: boolean },
): number {
  const value = Number(text === '' ? Number.NaN : text)
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value)))
    throw new UsageError(`--${name} is "${text}" and must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`)
  return value
}

/** Checks a size that `armvisor run` and `qemu -m` both understand. @throws {@link UsageError} */
export function parseMemory(text: string | undefined): string {
  if (text === undefined || !/^[1-9]\d*[MG]$/.test(text))
    throw new UsageError(`--memory is "${text}" and must be a size such as 512M or 1G`)
  return text
}
