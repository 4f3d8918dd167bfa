/** Commands and their options, for commander. What a command does is loaded when it is called. */

import { granules } from '@armvisor/stage2'
import { Command, Option } from 'commander'
import { runMachine } from './commands/run.ts'
import { addStage2Commands } from './commands/stage2-commands.ts'
import { addUapi } from './commands/uapi.ts'
import type { Host } from './host/host.ts'
import { writeText } from './host/write-text.ts'
import { cpuNames, gicVersions, jitModes, type RunArguments, statsFormats } from './run/arguments.ts'

const helpWidth = 100

const runHelp = `
The guest's serial console is stdin and stdout. On a terminal Ctrl-A x ends the VM, Ctrl-A h lists the keys.

Exit status: 0 the guest powered off or Ctrl-A x, 1 failure, 2 wrong command line, 3 reset with --no-reboot, 124 out of
time, 128 and its number for a signal, 141 when nobody reads the output any more.`

const granuleOption = (description: string): Option =>
  new Option('--granule <G>', description).choices(granules).default('4K')

/**
 * The commands. Usage errors are thrown, as `CommanderError` or `UsageError`.
 *
 * @param setStatus told the exit status when it is not 0
 */
export function createProgram(host: Host, setStatus: (status: number) => void): Command {
  const program = new Command('armvisor')
    .description('KVM for arm64 in JavaScript and WebAssembly: runs kernels, shows stage-2 tables, (dis)assembles A64.')
    .version(host.version, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .configureOutput({
      writeOut: (text) => writeText(host.stdout, text),
      writeErr: (text) => writeText(host.stderr, text),
      // main writes the sentence.
      outputError: () => {},
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    })
    .exitOverride()
  addRun(program, host, setStatus)
  addStage2(program, host)
  addText(program, host)
  addUapi(program, host)
  return program
}

function addRun(program: Command, host: Host, setStatus: (status: number) => void): void {
  program
    .command('run')
    .description('run a kernel, or without one the embedded guest')
    .option('--kernel <FILE>', 'Image, Image.gz, EFI zboot or ELF (default: the embedded guest)')
    .option('--initrd <FILE>', 'initial RAM disk')
    .option('--append <STR>', 'kernel command line')
    .option('--memory <SIZE>', 'guest RAM, with K, M or G', '512M')
    .option('--ipa-bits <N>', 'log2 of the VM\'s physical address space, 0 for the default of 40, or "auto"', '0')
    .addOption(granuleOption('granule of the stage-2 tables'))
    .addOption(new Option('--cpu <NAME>', 'CPU model').choices(cpuNames).default('armv8'))
    .addOption(new Option('--gic <VERSION>', 'version of the interrupt controller').choices(gicVersions).default('3'))
    .option('--its', 'give the GICv3 an ITS, for message-signalled interrupts')
    .addOption(
      new Option('--jit <MODE>', 'translate hot code to WebAssembly; always is for tests')
        .choices(jitModes)
        .default('on'),
    )
    .option('--icount [SHIFT]', 'repeatable runs: time is instructions, 2^SHIFT ns each (default: 3)')
    .option('--seed <N>', "the same random seeds in every run (default: the host's randomness, with --icount 0)")
    .addOption(
      new Option('--stats [FORMAT]', 'print on stderr at the end what the CPU and its translator did')
        .choices(statsFormats)
        .preset('text'),
    )
    .option('--no-reboot', 'end with status 3 when the guest resets')
    .option('--timeout <SECONDS>', 'end with status 124 when the time is up')
    .addHelpText('after', runHelp)
    .action(async (args: RunArguments) => setStatus(await runMachine(host, args)))
}

function addStage2(program: Command, host: Host): void {
  const stage2 = program.command('stage2').description('stage-2 translation tables')
  stage2
    .command('geometry')
    .description('show the shape of a table')
    .requiredOption('--ipa-bits <N>', 'log2 of the address space')
    .addOption(granuleOption('translation granule'))
    .option('--lpa2', '52-bit addresses: FEAT_LPA2, and with 64K FEAT_LPA', false)
    .option('--json', 'print one JSON object', false)
    .action(async (args) => (await import('./commands/stage2-geometry.ts')).showGeometry(host, args))
  addStage2Commands(stage2, host)
}

function addText(program: Command, host: Host): void {
  program
    .command('disasm')
    .description('disassemble A64 instruction words')
    .argument('<HEX|FILE...>', 'words of 8 digits, or of 1 to 8 after 0x; or one file of little-endian words')
    .option('--address <A>', 'address of the first word', '0')
    .action(async (words: string[], args) => (await import('./commands/disasm.ts')).disassembleWords(host, words, args))
  program
    .command('asm')
    .description('assemble A64: prints one word a line, in hexadecimal')
    .argument('<TEXT|FILE>', 'a program, or a file with one: instructions, labels and directives, one a line')
    .action(async (text: string) => (await import('./commands/asm.ts')).assembleText(host, text))
}
