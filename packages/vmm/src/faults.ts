/**
 * Calls that fail on purpose: what a virtual machine monitor does when KVM says no, without a machine that does.
 *
 * @example
 * ```ts
 * import { FaultPlan, injectFaults } from '@armvisor/vmm/faults'
 *
 * const plan = new FaultPlan([{ call: 'KVM_RUN', nth: 3, errno: 'EINTR' }])
 * const kvm = injectFaults(createKvm({ memoryBytes: 64 << 20, host }), plan)
 * // … run the code under test on `kvm` …
 * console.log(plan.pending) // rules that no call has met
 * ```
 *
 * @packageDocumentation
 */

export { FaultPlan, type FaultRule, FaultRuleError } from './faults/fault-plan.ts'
export { injectFaults } from './faults/faulty-kvm.ts'
export { injectProcessFaults } from './faults/faulty-process.ts'
