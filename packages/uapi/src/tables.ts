/**
 * The tables of the arm64 KVM interface with their sentences, for tools that show them: an entry of its own, since a
 * program that talks to KVM needs none of it. [KVM-API]
 *
 * @example
 * findIoctls(0x4010aeab, 'vcpu')[0].name // 'KVM_GET_ONE_REG'
 */

export { capabilityTable } from './capability-table.ts'
export { type DeviceAttributeRow, deviceAttributeTable } from './device-attribute-table.ts'
export { exitMember, exitReasonRows } from './exit-reason-table.ts'
export { type FieldValues, flagTable, formatValue } from './flag-table.ts'
export { type FdKind, findIoctls, type IoctlDoc, type IoctlRow, ioctlDoc, ioctlTable } from './ioctl-table.ts'
export type { NumberRow } from './number-table.ts'
export { type RegClassRow, regClassTable } from './reg-class-table.ts'
export { structTable } from './struct-table.ts'
