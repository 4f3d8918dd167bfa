/** PSCI: function identifiers and results, as `linux/psci.h` and KVM name them. [PSCI]. */

/** First function identifier of PSCI 0.1 as KVM numbers it. @see [PSCI] §5.1 */
export const KVM_PSCI_FN_BASE = 0x95c1ba5e
/** Function identifier of PSCI 0.1: CPU_OFF. @see [PSCI] §5.1 */
export const KVM_PSCI_FN_CPU_OFF = 0x95c1ba5f
/** Function identifier of PSCI 0.1: CPU_ON. @see [PSCI] §5.1 */
export const KVM_PSCI_FN_CPU_ON = 0x95c1ba60
/** Function identifier of PSCI 0.1: CPU_SUSPEND. @see [PSCI] §5.1 */
export const KVM_PSCI_FN_CPU_SUSPEND = 0x95c1ba5e
/** Function identifier of PSCI 0.1: MIGRATE. @see [PSCI] §5.1 */
export const KVM_PSCI_FN_MIGRATE = 0x95c1ba61
/** Bit of a function identifier: 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_64BIT = 0x40000000
/** Result of AFFINITY_INFO: off. @see [PSCI] §5.1 */
export const PSCI_0_2_AFFINITY_LEVEL_OFF = 1
/** Result of AFFINITY_INFO: on. @see [PSCI] §5.1 */
export const PSCI_0_2_AFFINITY_LEVEL_ON = 0
/** Result of AFFINITY_INFO: on pending. @see [PSCI] §5.1 */
export const PSCI_0_2_AFFINITY_LEVEL_ON_PENDING = 2
/** Function identifier: AFFINITY_INFO with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_AFFINITY_INFO = 0xc4000004
/** First function identifier with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_BASE = 0xc4000000
/** Function identifier: CPU_ON with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_CPU_ON = 0xc4000003
/** Function identifier: CPU_SUSPEND with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_CPU_SUSPEND = 0xc4000001
/** Function identifier: MIGRATE with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_MIGRATE = 0xc4000005
/** Function identifier: MIGRATE_INFO_UP_CPU with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN64_MIGRATE_INFO_UP_CPU = 0xc4000007
/** Function identifier: AFFINITY_INFO. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_AFFINITY_INFO = 0x84000004
/** First function identifier with 32-bit arguments. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_BASE = 0x84000000
/** Function identifier: CPU_OFF. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_CPU_OFF = 0x84000002
/** Function identifier: CPU_ON. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_CPU_ON = 0x84000003
/** Function identifier: CPU_SUSPEND. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_CPU_SUSPEND = 0x84000001
/** Function identifier: MIGRATE. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_MIGRATE = 0x84000005
/** Function identifier: MIGRATE_INFO_TYPE. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_MIGRATE_INFO_TYPE = 0x84000006
/** Function identifier: MIGRATE_INFO_UP_CPU. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_MIGRATE_INFO_UP_CPU = 0x84000007
/** Function identifier: PSCI_VERSION. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_PSCI_VERSION = 0x84000000
/** Function identifier: SYSTEM_OFF. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_SYSTEM_OFF = 0x84000008
/** Function identifier: SYSTEM_RESET. @see [PSCI] §5.1 */
export const PSCI_0_2_FN_SYSTEM_RESET = 0x84000009
/** Mask of the affinity level in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_AFFL_MASK = 0x3000000
/** Position of the affinity level in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_AFFL_SHIFT = 0x18
/** Mask of the identifier in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_ID_MASK = 0xffff
/** Position of the identifier in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_ID_SHIFT = 0
/** Mask of the type in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_TYPE_MASK = 0x10000
/** Position of the type in a power state. @see [PSCI] §5.1 */
export const PSCI_0_2_POWER_STATE_TYPE_SHIFT = 0x10
/** Result of MIGRATE_INFO_TYPE: trusted OS on all CPUs, or none. @see [PSCI] §5.1 */
export const PSCI_0_2_TOS_MP = 2
/** Result of MIGRATE_INFO_TYPE: trusted OS on one CPU that can migrate. @see [PSCI] §5.1 */
export const PSCI_0_2_TOS_UP_MIGRATE = 0
/** Result of MIGRATE_INFO_TYPE: trusted OS on one CPU that cannot migrate. @see [PSCI] §5.1 */
export const PSCI_0_2_TOS_UP_NO_MIGRATE = 1
/** Mask of the identifier in an extended power state. @see [PSCI] §5.1 */
export const PSCI_1_0_EXT_POWER_STATE_ID_MASK = 0xfffffff
/** Position of the identifier in an extended power state. @see [PSCI] §5.1 */
export const PSCI_1_0_EXT_POWER_STATE_ID_SHIFT = 0
/** Mask of the type in an extended power state. @see [PSCI] §5.1 */
export const PSCI_1_0_EXT_POWER_STATE_TYPE_MASK = 0x40000000
/** Position of the type in an extended power state. @see [PSCI] §5.1 */
export const PSCI_1_0_EXT_POWER_STATE_TYPE_SHIFT = 0x1e
/** Mask of the power state format in the features of CPU_SUSPEND. @see [PSCI] §5.1 */
export const PSCI_1_0_FEATURES_CPU_SUSPEND_PF_MASK = 2
/** Position of the power state format in the features of CPU_SUSPEND. @see [PSCI] §5.1 */
export const PSCI_1_0_FEATURES_CPU_SUSPEND_PF_SHIFT = 1
/** Function identifier: CPU_DEFAULT_SUSPEND with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_0_FN64_CPU_DEFAULT_SUSPEND = 0xc400000c
/** Function identifier: NODE_HW_STATE with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_0_FN64_NODE_HW_STATE = 0xc400000d
/** Function identifier: STAT_COUNT with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_0_FN64_STAT_COUNT = 0xc4000011
/** Function identifier: STAT_RESIDENCY with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_0_FN64_STAT_RESIDENCY = 0xc4000010
/** Function identifier: SYSTEM_SUSPEND with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_0_FN64_SYSTEM_SUSPEND = 0xc400000e
/** Function identifier: CPU_DEFAULT_SUSPEND. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_CPU_DEFAULT_SUSPEND = 0x8400000c
/** Function identifier: CPU_FREEZE. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_CPU_FREEZE = 0x8400000b
/** Function identifier: NODE_HW_STATE. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_NODE_HW_STATE = 0x8400000d
/** Function identifier: PSCI_FEATURES. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_PSCI_FEATURES = 0x8400000a
/** Function identifier: SET_SUSPEND_MODE. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_SET_SUSPEND_MODE = 0x8400000f
/** Function identifier: STAT_COUNT. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_STAT_COUNT = 0x84000011
/** Function identifier: STAT_RESIDENCY. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_STAT_RESIDENCY = 0x84000010
/** Function identifier: SYSTEM_SUSPEND. @see [PSCI] §5.1 */
export const PSCI_1_0_FN_SYSTEM_SUSPEND = 0x8400000e
/** Argument of SET_SUSPEND_MODE: OS initiated. @see [PSCI] §5.1 */
export const PSCI_1_0_SUSPEND_MODE_OSI = 1
/** Argument of SET_SUSPEND_MODE: platform coordinated. @see [PSCI] §5.1 */
export const PSCI_1_0_SUSPEND_MODE_PC = 0
/** Function identifier: MEM_PROTECT_CHECK_RANGE with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_1_FN64_MEM_PROTECT_CHECK_RANGE = 0xc4000014
/** Function identifier: SYSTEM_RESET2 with 64-bit arguments. @see [PSCI] §5.1 */
export const PSCI_1_1_FN64_SYSTEM_RESET2 = 0xc4000012
/** Function identifier: MEM_PROTECT. @see [PSCI] §5.1 */
export const PSCI_1_1_FN_MEM_PROTECT = 0x84000013
/** Function identifier: MEM_PROTECT_CHECK_RANGE. @see [PSCI] §5.1 */
export const PSCI_1_1_FN_MEM_PROTECT_CHECK_RANGE = 0x84000014
/** Function identifier: SYSTEM_RESET2. @see [PSCI] §5.1 */
export const PSCI_1_1_FN_SYSTEM_RESET2 = 0x84000012
/** Argument of SYSTEM_RESET2: warm reset. @see [PSCI] §5.1 */
export const PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET = 0
/** Argument of SYSTEM_RESET2: first type of the vendor. @see [PSCI] §5.1 */
export const PSCI_1_1_RESET_TYPE_VENDOR_START = 0x80000000
/** Result: already on. @see [PSCI] §5.1 */
export const PSCI_RET_ALREADY_ON = -4
/** Result: denied. @see [PSCI] §5.1 */
export const PSCI_RET_DENIED = -3
/** Result: disabled. @see [PSCI] §5.1 */
export const PSCI_RET_DISABLED = -8
/** Result: internal failure. @see [PSCI] §5.1 */
export const PSCI_RET_INTERNAL_FAILURE = -6
/** Result: invalid address. @see [PSCI] §5.1 */
export const PSCI_RET_INVALID_ADDRESS = -9
/** Result: invalid params. @see [PSCI] §5.1 */
export const PSCI_RET_INVALID_PARAMS = -2
/** Result: not present. @see [PSCI] §5.1 */
export const PSCI_RET_NOT_PRESENT = -7
/** Result: not supported. @see [PSCI] §5.1 */
export const PSCI_RET_NOT_SUPPORTED = -1
/** Result: on pending. @see [PSCI] §5.1 */
export const PSCI_RET_ON_PENDING = -5
/** Result: success. @see [PSCI] §5.1 */
export const PSCI_RET_SUCCESS = 0
/** Mask of the major version. @see [PSCI] §5.1 */
export const PSCI_VERSION_MAJOR_MASK = 0xffff0000
/** Position of the major version. @see [PSCI] §5.1 */
export const PSCI_VERSION_MAJOR_SHIFT = 0x10
/** Mask of the minor version. @see [PSCI] §5.1 */
export const PSCI_VERSION_MINOR_MASK = 0xffff
/** Function identifier: SYSTEM_OFF2. Since 6.13. @see [PSCI] §5.1 */
export const PSCI_1_3_FN_SYSTEM_OFF2 = 0x84000015
/** Function identifier: SYSTEM_OFF2 with 64-bit arguments. Since 6.13. @see [PSCI] §5.1 */
export const PSCI_1_3_FN64_SYSTEM_OFF2 = 0xc4000015
/** Argument of SYSTEM_OFF2: hibernate. Since 6.13. @see [PSCI] §5.1 */
export const PSCI_1_3_OFF_TYPE_HIBERNATE_OFF = 1
