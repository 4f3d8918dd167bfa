/** `armvisor uapi`: what the numbers and bytes of the KVM interface mean, either way. */

import type { FdKind } from '@armvisor/uapi/tables'
import { type Command, Option } from 'commander'
import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import type { Description } from './uapi-text.ts'

type Describers = typeof import('./uapi-describe.ts')

interface Json {
  readonly json: boolean
}

/** An strace log with a comment after each line that is about KVM. @throws {@link FailureError} */
async function describeStrace(host: Host, path: string): Promise<Description> {
  const { annotateStrace } = await import('./uapi-strace.ts')
  const lines = annotateStrace(new TextDecoder().decode(await readInputFile(host, 'The log', path)))
  return {
    json: lines.filter(({ ioctl }) => ioctl !== undefined),
    lines: lines.map(({ line, notes }) => (notes.length === 0 ? line : `${line}  # ${notes.join('; ')}`)),
  }
}

/** Prints what a part of `uapi-describe` says. */
async function show(host: Host, isJson: boolean, describe: (by: Describers) => Description): Promise<void> {
  const [{ print }, by] = await Promise.all([import('./uapi-text.ts'), import('./uapi-describe.ts')])
  print(host, describe(by), isJson)
}

/** Adds `uapi` and its commands to the program. */
export function addUapi(program: Command, host: Host): void {
  const uapi = program.command('uapi').description('the numbers and bytes of the KVM interface, either way')
  const add = (name: string, description: string): Command =>
    uapi.command(name).description(description).option('--json', 'print JSON', false)
  add('ioctl', 'an ioctl by name or request number')
    .argument('<WHAT>', 'as KVM_RUN, or 0xae80')
    .addOption(new Option('--fd <KIND>', 'handle that the number is for').choices(['sys', 'vm', 'vcpu', 'device']))
    .action((what: string, args: Json & { fd?: FdKind }) =>
      show(host, args.json, (by) => by.describeIoctl(what, args.fd)),
    )
  add('struct', 'the layout of a structure; a hex dump into fields; fields into a hex dump')
    .argument('<NAME>', 'as kvm_one_reg')
    .argument('[DUMP|FIELD=N...]', 'bytes in hexadecimal, or assignments as flags=1 args[0]=0x10')
    .action(async (name: string, what: string[], args: Json) => {
      const [{ print }, { describeStruct }] = await Promise.all([import('./uapi-text.ts'), import('./uapi-struct.ts')])
      print(host, describeStruct(name, what), args.json)
    })
  add('reg', 'a register of KVM_GET_ONE_REG by id, name or encoding')
    .argument('<WHAT>', 'as 0x603000000013c080, SCTLR_EL1, pc, or 3,0,1,0,0')
    .action((what: string, args: Json) => show(host, args.json, (by) => by.describeReg(what)))
  add('cap', 'a capability by name or number')
    .argument('<WHAT>', 'as KVM_CAP_ARM_VM_IPA_SIZE, or 165')
    .action((what: string, args: Json) => show(host, args.json, (by) => by.describeCapability(what)))
  add('exit', 'an exit reason by name or number, or the exit in a dump of kvm_run')
    .argument('<WHAT>', 'as KVM_EXIT_MMIO, 6, or bytes in hexadecimal')
    .action((what: string, args: Json) => show(host, args.json, (by) => by.describeExit(what)))
  add('esr', 'an exception syndrome, or a class of them by name')
    .argument('<WHAT>', 'as 0x96000010, or BRK64')
    .option('--iss', 'the number is the ISS of a data abort, as in KVM_EXIT_ARM_NISV', false)
    .action((what: string, args: Json & { iss: boolean }) =>
      show(host, args.json, (by) => by.describeEsr(what, args.iss)),
    )
  add('vm-type', 'the machine-type word of KVM_CREATE_VM')
    .argument('[WORD]', 'as 0x30')
    .option('--ipa-bits <N>', 'print the word for this size instead')
    .option('--ipa-limit <N>', 'what KVM_CAP_ARM_VM_IPA_SIZE returns', '52')
    .option('--protected', 'a host in protected mode; with --ipa-bits a protected VM', false)
    .action((word: string | undefined, args: Json & { ipaBits?: string; ipaLimit: string; protected: boolean }) =>
      show(host, args.json, (by) => by.describeVmType(word, args)),
    )
  add('attr', 'groups of device attributes')
    .argument('[WHAT]', 'a device as vgic-v3, vcpu or vm, or the name of a group or an attribute')
    .action((what: string | undefined, args: Json) => show(host, args.json, (by) => by.describeAttr(what)))
  add('strace', 'an strace log, with what its KVM lines mean')
    .argument('<FILE>', 'the log; best of strace -f -y')
    .action(async (path: string, args: Json) =>
      (await import('./uapi-text.ts')).print(host, await describeStrace(host, path), args.json),
    )
}
