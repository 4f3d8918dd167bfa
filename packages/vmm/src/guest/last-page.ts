/** The page at the end of the IPA space, which the embedded guest visits. */

import type { Kvm } from '@armvisor/uapi'
import { memoryMap } from '../machine/memory-map.ts'
import type { VirtMachine } from '../machine/virt.ts'

/** The machine's RAM is slot 0. */
const lastPageSlot = 1

/**
 * Adds a memory slot of one page at the end of the machine's IPA space, unless RAM reaches that far.
 *
 * @param memoryBytes - the machine's RAM
 * @returns the machine, whose `close` gives the page back
 * @throws `KvmError`
 */
export function withLastPage(kvm: Kvm, machine: VirtMachine, memoryBytes: number): VirtMachine {
  const { pageBytes } = kvm.memory
  const address = 2 ** machine.ipaBits - pageBytes
  if (memoryMap.ram.base + memoryBytes > address) return machine
  const page = kvm.memory.map(pageBytes)
  machine.vm.setUserMemoryRegion({
    slot: lastPageSlot,
    flags: 0,
    guest_phys_addr: BigInt(address),
    memory_size: BigInt(pageBytes),
    userspace_addr: page,
  })
  return {
    ...machine,
    memory: [...machine.memory, { base: address, bytes: kvm.memory.bytes(page, pageBytes) }],
    close: () => {
      machine.close()
      kvm.memory.unmap(page)
    },
  }
}
