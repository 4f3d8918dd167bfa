/** `armvisor uapi strace`: lines as strace prints them, and what is said of each. */

import { describe, expect, test } from 'vitest'
import { annotateStrace } from '../src/commands/uapi-strace.ts'
import { FakeHost, runCommand } from './fake-host.ts'

/** Line and what follows it; undefined where nothing does. */
const log: readonly (readonly [string, string | undefined])[] = [
  ['execve("./vmm", ["./vmm"], 0x7ffd0 /* 20 vars */) = 0', undefined],
  ['openat(AT_FDCWD, "/dev/kvm", O_RDWR|O_CLOEXEC) = 3', undefined],
  ['ioctl(3, KVM_GET_API_VERSION, 0)      = 12', 'Version of the interface'],
  ['ioctl(3, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE) = 48', "The host's limit of the IPA size in bits"],
  ['ioctl(3, KVM_CHECK_EXTENSION, 0xa5)   = 48', 'KVM_CAP_ARM_VM_IPA_SIZE: The host'],
  ['ioctl(3, KVM_CREATE_VM, 0x30)         = 4', '48-bit IPA space'],
  ['ioctl(3, KVM_CREATE_VM, 0)            = 4', '40-bit IPA space by default'],
  [
    'ioctl(3, KVM_CREATE_VM, 0x1f)         = -1 EINVAL (Invalid argument)',
    'below the smallest, 32; KVM_CREATE_VM returns a VM; EINVAL',
  ],
  [
    'ioctl(4, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0x1, guest_phys_addr=0x40000000, memory_size=4096, userspace_addr=0x7f0000}) = 0',
    'flags KVM_MEM_LOG_DIRTY_PAGES',
  ],
  ['[pid  12] ioctl(4<anon_inode:kvm-vm>, KVM_CREATE_VCPU, 0) = 5<anon_inode:kvm-vcpu:0>', 'Adds a vCPU'],
  [
    'ioctl(5, KVM_ARM_VCPU_INIT, {target=5, features=[0x4, 0, 0, 0, 0, 0, 0]}) = 0',
    'target KVM_ARM_TARGET_GENERIC_V8; features KVM_ARM_VCPU_PSCI_0_2',
  ],
  [
    'ioctl(5, KVM_ARM_SET_DEVICE_ADDR or KVM_GET_ONE_REG, {id=0x603000000013c080, addr=0xffffd8}) = 0',
    'KVM_GET_ONE_REG; SCTLR_EL1',
  ],
  [
    'ioctl(4, KVM_ARM_SET_DEVICE_ADDR or KVM_GET_ONE_REG, 0xffffd8) = -1 ENODEV (No such device)',
    'KVM_ARM_SET_DEVICE_ADDR; KVM_ARM_SET_DEVICE_ADDR returns 0; ENODEV',
  ],
  ['ioctl(9, 0x4010aeab, 0xffffd8) = 0', 'KVM_ARM_SET_DEVICE_ADDR or KVM_GET_ONE_REG'],
  [
    'ioctl(5, _IOC(_IOC_READ|_IOC_WRITE, 0xae, 0xb0, 0x8), 0xffff01) = -1 E2BIG (Argument list too long)',
    'KVM_GET_REG_LIST',
  ],
  ['ioctl(4, KVM_CREATE_DEVICE, {type=0x7, fd=6, flags=0}) = 0', 'type KVM_DEV_TYPE_ARM_VGIC_V3'],
  [
    'ioctl(6, KVM_SET_DEVICE_ATTR, {flags=0, group=0, attr=2, addr=0xffffd0}) = 0',
    'KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST',
  ],
  [
    'ioctl(6, KVM_GET_DEVICE_ATTR, {flags=0, group=6, attr=0x8000000000c665, addr=0xffffd0}) = 0',
    'KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, affinity 0x800000, ICC_SRE_EL1',
  ],
  [
    'ioctl(5, KVM_SET_DEVICE_ATTR, {flags=0, group=1, attr=0, addr=0xffffd0}) = 0',
    'KVM_ARM_VCPU_TIMER_CTRL, KVM_ARM_VCPU_TIMER_IRQ_VTIMER',
  ],
  ['ioctl(5, KVM_RUN, 0)                  = 0 (KVM_EXIT_MMIO)', 'an access where no slot is'],
  ['[pid  12] ioctl(3, KVM_CREATE_VM, 0x34 <unfinished ...>', undefined],
  ['[pid  13] ioctl(5, KVM_RUN, 0 <unfinished ...>', undefined],
  ['[pid  12] <... ioctl resumed>)              = 7', '52-bit IPA space'],
  ['[pid  13] <... ioctl resumed>)              = -1 EINTR (Interrupted system call)', 'KVM_RUN returns 0; EINTR'],
  ['ioctl(7, KVM_ARM_SET_DEVICE_ADDR or KVM_GET_ONE_REG, 0xffffd8) = 0', 'KVM_ARM_SET_DEVICE_ADDR'],
  ['close(4)                              = 0', undefined],
  ['ioctl(1, TCGETS, {c_iflag=ICRNL|IXON}) = 0', undefined],
  ['ioctl(1, 0x5401, 0xffff) = 0', undefined],
]

describe('uapi strace', () => {
  test.each(
    annotateStrace(log.map(([line]) => line).join('\n')).map(
      (line, index) => [log[index][0], line, log[index][1]] as const,
    ),
  )('behavior: %s', (_, { notes, ioctl }, expected) => {
    if (expected === undefined) expect([ioctl, notes]).toEqual([undefined, []])
    else expect(notes.join('; ')).toContain(expected)
  })

  test('default: every line is printed, those about KVM with a comment', async () => {
    const text = `${log.map(([line]) => line).join('\n')}\n`
    const host = new FakeHost()
    host.files.set('trace.log', new TextEncoder().encode(text))
    const { status, out } = await runCommand(['uapi', 'strace', 'trace.log'], host)
    expect(status).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(log.length)
    for (const [index, [line, expected]] of log.entries()) {
      if (expected === undefined) expect(lines[index]).toBe(line)
      else expect(lines[index].startsWith(`${line}  # `)).toBe(true)
    }
  })

  test('args: --json prints only what is about KVM', async () => {
    const host = new FakeHost()
    host.files.set('trace.log', new TextEncoder().encode('read(0) = 0\nioctl(3</dev/kvm>, KVM_CREATE_VM, 0x30) = 4\n'))
    const { out } = await runCommand(['uapi', 'strace', 'trace.log', '--json'], host)
    expect(JSON.parse(out)).toEqual([
      {
        line: 'ioctl(3</dev/kvm>, KVM_CREATE_VM, 0x30) = 4',
        ioctl: 'KVM_CREATE_VM',
        handle: 'sys',
        notes: ['48-bit IPA space'],
      },
    ])
  })

  test('error: a log that does not exist', async () => {
    expect(await runCommand(['uapi', 'strace', 'nothing.log'])).toMatchObject({
      status: 1,
      err: 'armvisor: The log nothing.log does not exist; check the path.\n',
    })
  })
})
