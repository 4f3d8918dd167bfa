/** Addresses at the public surface: bigint, or a number where it is exact. */

import { Stage2ArgumentError } from './errors.ts'

/**
 * An address or a size in bytes. Inside, addresses are numbers: they are below 2^52 and so exact, and paths that run for every
 * page stay free of bigint. A caller that has numbers may pass them.
 */
export type Address = bigint | number

/**
 * The address as a number. Beyond 2^53 - 1 it is that, which is out of range everywhere.
 * @throws {@link Stage2ArgumentError} for a negative bigint; numbers are checked where they are used
 */
export function toNumber(argument: string, address: Address): number {
  if (typeof address === 'number') return address
  if (typeof address !== 'bigint' || address < 0n) {
    throw new Stage2ArgumentError(argument, address, 'a whole number of bytes')
  }
  return address > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(address)
}
