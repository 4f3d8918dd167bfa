/** ELF64 for AArch64: the segments to load and the entry point. [ELF] "ELF Header", "Program Header"; [AAELF64]. */

import { LoadError } from './load-error.ts'

const headerBytes = 64
const programHeaderBytes = 56
const PT_LOAD = 1
const EM_AARCH64 = 183

/** One PT_LOAD segment. */
export interface ElfSegment {
  /** p_paddr. */
  readonly address: bigint
  readonly bytes: Uint8Array
  /** p_memsz; beyond `bytes` it is zero. */
  readonly memoryBytes: bigint
}

/** What an ELF file asks a loader to do. */
export interface ElfImage {
  readonly segments: readonly ElfSegment[]
  /** The entry point as a physical address. */
  readonly entry: bigint
}

/** Whether the bytes start with the ELF magic number. */
export function isElf(file: Uint8Array): boolean {
  return file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46
}

/**
 * Decodes the program headers. Sections, symbols and relocations are not looked at.
 *
 * @throws {@link LoadError} truncated, wrong-machine, corrupt
 */
export function decodeElf(file: Uint8Array): ElfImage {
  checkLength(file, headerBytes, 'its header')
  const elf = new DataView(file.buffer, file.byteOffset, file.byteLength)
  check('ELF class', file[4], 2, '2 (64-bit)')
  check('ELF data encoding', file[5], 1, '1 (little-endian)')
  check('e_machine', elf.getUint16(18, true), EM_AARCH64, `${EM_AARCH64} (AArch64)`)
  const type = elf.getUint16(16, true)
  if (type !== 2 && type !== 3) check('e_type', type, 2, '2 (executable) or 3 (shared object)')

  const tableOffset = elf.getBigUint64(32, true)
  const entryBytes = elf.getUint16(54, true)
  const count = elf.getUint16(56, true)
  if (count > 0 && entryBytes < programHeaderBytes) {
    throw new LoadError({ kind: 'corrupt', format: 'ELF', detail: `its program headers are ${entryBytes} bytes long` })
  }
  checkLength(file, tableOffset + BigInt(entryBytes * count), 'its program header table')

  const virtualEntry = elf.getBigUint64(24, true)
  let entry = virtualEntry
  const segments: ElfSegment[] = []
  for (let i = 0; i < count; i++) {
    const header = Number(tableOffset) + i * entryBytes
    const memoryBytes = elf.getBigUint64(header + 40, true)
    if (elf.getUint32(header, true) !== PT_LOAD || memoryBytes === 0n) continue
    const offset = elf.getBigUint64(header + 8, true)
    const virtualAddress = elf.getBigUint64(header + 16, true)
    const address = elf.getBigUint64(header + 24, true)
    const fileBytes = elf.getBigUint64(header + 32, true)
    checkLength(file, offset + fileBytes, `its segment ${i}`)
    if (fileBytes > memoryBytes) {
      throw new LoadError({
        kind: 'corrupt',
        format: 'ELF',
        detail: `its segment ${i} is larger in the file than in memory`,
      })
    }
    segments.push({ address, bytes: file.subarray(Number(offset), Number(offset + fileBytes)), memoryBytes })
    // The entry is a virtual address, and the MMU is off when the kernel starts.
    if (virtualEntry >= virtualAddress && virtualEntry < virtualAddress + memoryBytes) {
      entry = virtualEntry - virtualAddress + address
    }
  }
  if (segments.length === 0) {
    throw new LoadError({ kind: 'corrupt', format: 'ELF', detail: 'it has no segment to load' })
  }
  return { segments, entry }
}

function check(field: string, value: number, wanted: number, expected: string): void {
  if (value !== wanted) throw new LoadError({ kind: 'wrong-machine', format: 'ELF', field, value, expected })
}

function checkLength(file: Uint8Array, neededBytes: number | bigint, part: string): void {
  if (BigInt(file.length) < BigInt(neededBytes)) {
    throw new LoadError({
      kind: 'truncated',
      format: 'ELF',
      part,
      neededBytes: Number(neededBytes),
      sizeBytes: file.length,
    })
  }
}
