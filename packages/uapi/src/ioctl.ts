/** Request numbers of ioctls: parts and whole. [LINUX-UAPI] asm-generic/ioctl.h. */

/**
 * Direction of the argument, seen from the caller: `write` goes to the kernel.
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export type IoctlDir = 'none' | 'write' | 'read' | 'read-write'

/** Type byte of all KVM ioctls. @see [LINUX-UAPI] linux/kvm.h */
export const KVMIO = 0xae

/** By the number in bits [31:30]. */
const dirs: readonly IoctlDir[] = ['none', 'write', 'read', 'read-write']

/**
 * Request number of an ioctl, unsigned: direction[31:30] size[29:16] type[15:8] number[7:0].
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export function ioctlNumber(row: { readonly dir: IoctlDir; readonly nr: number; readonly sizeBytes: number }): number {
  return ((dirs.indexOf(row.dir) << 30) | (row.sizeBytes << 16) | (KVMIO << 8) | row.nr) >>> 0
}

/**
 * Parts of a request number; the inverse of {@link ioctlNumber} where `type` is {@link KVMIO}.
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export function decodeIoctlNumber(request: number): {
  readonly dir: IoctlDir
  readonly sizeBytes: number
  readonly type: number
  readonly nr: number
} {
  return {
    dir: dirs[request >>> 30],
    sizeBytes: (request >>> 16) & 0x3fff,
    type: (request >>> 8) & 0xff,
    nr: request & 0xff,
  }
}
