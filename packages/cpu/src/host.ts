/** The little of the `WebAssembly` namespace that this package uses; the only file that says it. [WASM-JS] §5. */

export interface WasmMemory {
  readonly buffer: ArrayBufferLike
}
export interface WasmTable {
  readonly length: number
  get(index: number): unknown
  set(index: number, value: unknown): void
  grow(delta: number): number
}
export interface WasmModule {
  readonly __wasmModule?: never
}
export interface WasmInstance {
  readonly exports: Record<string, unknown>
}
interface WasmNamespace {
  Memory: new (d: { initial: number; maximum: number; shared: boolean }) => WasmMemory
  Table: new (d: { element: 'anyfunc'; initial: number; maximum?: number }) => WasmTable
  Module: new (bytes: Uint8Array) => WasmModule
  Instance: new (module: WasmModule, imports: Record<string, Record<string, unknown>>) => WasmInstance
}

declare const WebAssembly: WasmNamespace

/** Whether threads can share a memory. Browsers only let pages that are cross-origin isolated do so. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer === 'function'
}

/** Makes a memory of `pages` × 64 KiB; it never grows, so views of it stay valid. */
export function createMemory(pages: number, isShared: boolean): WasmMemory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared })
}

/** Makes a table of functions. */
export function createTable(initial: number): WasmTable {
  return new WebAssembly.Table({ element: 'anyfunc', initial })
}

/** Compiles a module on the calling thread. */
export function compile(bytes: Uint8Array): WasmModule {
  return new WebAssembly.Module(bytes)
}

/** Instantiates a module, or the bytes of one. */
export function instantiate(
  source: Uint8Array | WasmModule,
  imports: Record<string, Record<string, unknown>>,
): WasmInstance {
  return new WebAssembly.Instance(source instanceof Uint8Array ? compile(source) : source, imports)
}
