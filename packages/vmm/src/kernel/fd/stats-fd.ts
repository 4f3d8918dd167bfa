/** The file of binary statistics. [KVM-API] §4.133 */

import { encodeStatistics, type VcpuStatistics, type VmStatistics } from '../stats.ts'
import { OpenFile } from './open-file.ts'
import type { VmFileContext } from './vm-context.ts'

/** What `KVM_GET_STATS_FD` opens. */
export class StatsFd extends OpenFile {
  readonly kind = 'a statistics file'
  readonly #context: VmFileContext
  readonly #id: string
  readonly #statistics: VmStatistics | VcpuStatistics
  #position = 0

  constructor(context: VmFileContext, id: string, statistics: VmStatistics | VcpuStatistics) {
    super()
    this.#context = context
    this.#id = id
    this.#statistics = statistics
    context.hold()
  }

  override read(sizeBytes: number, offset?: number): Uint8Array {
    const bytes = encodeStatistics(this.#id, this.#statistics)
    const start = offset ?? this.#position
    const part = bytes.subarray(start, start + sizeBytes)
    if (offset === undefined) this.#position += part.length
    return part
  }

  release(): void {
    this.#context.drop()
  }
}
