/** Flags of memory slots, dirty rings and memory tags. [KVM-API] §4.35. */

/** What `KVM_GET_API_VERSION` returns. @see [KVM-API] §4.1 */
export const KVM_API_VERSION = 12
/** Slot flag: keep a dirty log. @see [KVM-API] §4.35 */
export const KVM_MEM_LOG_DIRTY_PAGES = 1
/** Slot flag: writes of the guest exit as MMIO. @see [KVM-API] §4.35 */
export const KVM_MEM_READONLY = 2
/** Slot flag: backed by a guest memory file; only in `KVM_SET_USER_MEMORY_REGION2`. Since 6.8. @see [KVM-API] §4.140 */
export const KVM_MEM_GUEST_MEMFD = 4
/** Dirty-ring entry: the kernel filled it in. @see [KVM-API] §8.29 */
export const KVM_DIRTY_GFN_F_DIRTY = 1
/** Dirty-ring entry: the user harvested it. @see [KVM-API] §8.29 */
export const KVM_DIRTY_GFN_F_RESET = 2
/** Dirty-ring entry: all flags. @see [KVM-API] §8.29 */
export const KVM_DIRTY_GFN_F_MASK = 3
/** Page of a vCPU mapping where the dirty ring begins. @see [KVM-API] §8.29 */
export const KVM_DIRTY_LOG_PAGE_OFFSET = 64
/** Page of a vCPU mapping that holds the coalesced-MMIO ring. @see [KVM-API] §4.116 */
export const KVM_COALESCED_MMIO_PAGE_OFFSET = 1
/** Flag of `KVM_ARM_MTE_COPY_TAGS`: write the tags of the guest. @see [KVM-API] §4.130 */
export const KVM_ARM_TAGS_TO_GUEST = 0
/** Flag of `KVM_ARM_MTE_COPY_TAGS`: read the tags of the guest. @see [KVM-API] §4.130 */
export const KVM_ARM_TAGS_FROM_GUEST = 1
/** Memory attribute: private to the guest. Since 6.8. @see [KVM-API] §4.141 */
export const KVM_MEMORY_ATTRIBUTE_PRIVATE = 0x8n
/** Flag of a memory-fault exit: the access was private. Since 6.8. @see [KVM-API] §5 */
export const KVM_MEMORY_EXIT_FLAG_PRIVATE = 0x8n
/**
 * Enabling bit of `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: `KVM_GET_DIRTY_LOG` copies and does not clear.
 *
 * @see [KVM-API] §7.18
 */
export const KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE = 1
/** Enabling bit of `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: the bitmap of a new slot is all ones. @see [KVM-API] §7.18 */
export const KVM_DIRTY_LOG_INITIALLY_SET = 2
/** Flag of `KVM_CREATE_GUEST_MEMFD`: the file can be mapped. Since 6.18. @see [KVM-API] §4.142 */
export const GUEST_MEMFD_FLAG_MMAP = 1n
/** Flag of `KVM_CREATE_GUEST_MEMFD`: the memory begins shared with the host. Since 6.18. @see [KVM-API] §4.142 */
export const GUEST_MEMFD_FLAG_INIT_SHARED = 2n
