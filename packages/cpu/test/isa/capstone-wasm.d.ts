/** What the tests use of capstone-wasm, whose package.json hides its own declarations from modules. */

declare module 'capstone-wasm' {
  export const Const: { readonly CS_ARCH_ARM64: number; readonly CS_MODE_LITTLE_ENDIAN: number }
  /** Must be awaited before the first disassembler is made. */
  export function loadCapstone(): Promise<void>
  export class Capstone {
    constructor(arch: number, mode: number)
    /** Disassembles up to the first thing it does not know; throws where that is the first. */
    disasm(
      bytes: Uint8Array,
      options?: { readonly address?: number | bigint },
    ): readonly { readonly mnemonic: string; readonly opStr: string }[]
  }
}
