/** The stage-2 commands beside `geometry`, for commander. */

import { granules } from '@armvisor/stage2'
import { type Command, Option } from 'commander'
import type { Host } from '../host/host.ts'

/** Adds `smallest`, `decode`, `walk`, `dump` and `picture` to `armvisor stage2`. */
export function addStage2Commands(stage2: Command, host: Host): void {
  stage2
    .command('smallest')
    .description('find the smallest legal address space for a memory map, and what it costs')
    .argument('<REGION...>', 'BASE+SIZE or BASE-LAST, with an optional name: RAM=0x40000000+4G')
    .addOption(new Option('--granule <G>', 'translation granule (default: all)').choices(granules))
    .option('--lpa2', 'FEAT_LPA2, and with 64K FEAT_LPA', false)
    .option('--pa-bits <N>', 'physical address size of the machine')
    .option('--json', 'print one JSON object', false)
    .action(async (regions: string[], args) => (await import('./stage2-smallest.ts')).showSmallest(host, regions, args))
  stage2
    .command('decode')
    .description('say what VTCR_EL2 and VTTBR_EL2 mean, and which rules they break')
    .requiredOption('--vtcr <W>', 'VTCR_EL2')
    .option('--vttbr <W>', 'VTTBR_EL2')
    .option('--pa-bits <N>', 'physical address size of the CPU', '52')
    .option('--no-lpa2', 'the CPU has no FEAT_LPA2')
    .option('--ttst', 'the CPU has FEAT_TTST', false)
    .option('--json', 'print one JSON object', false)
    .action(async (args) => (await import('./stage2-decode.ts')).showRegisters(host, args))
  addTableOptions(stage2.command('walk').description('show the way to addresses through tables in a memory image'))
    .argument('<ADDRESS...>', 'input addresses')
    .action(async (file: string, addresses: string[], args) =>
      (await import('./stage2-tables.ts')).walkImage(host, file, addresses, args),
    )
  addTableOptions(stage2.command('dump').description('show all that tables in a memory image map')).action(
    async (file: string, args) => (await import('./stage2-tables.ts')).dumpImage(host, file, args),
  )
  addTableOptions(stage2.command('picture').description('draw what tables in a memory image map, as SVG')).action(
    async (file: string, args) => (await import('./stage2-tables.ts')).drawImage(host, file, args),
  )
}

function addTableOptions(command: Command): Command {
  return command
    .argument('<IMAGE>', 'file of raw physical memory')
    .option('--base <A>', 'physical address of its first byte', '0')
    .option('--vtcr <W>', 'VTCR_EL2, for stage 2')
    .option('--vttbr <W>', 'VTTBR_EL2')
    .option('--fwb', 'HCR_EL2.FWB is set', false)
    .addOption(new Option('--regime <R>', 'whose stage 1').choices(['EL1', 'EL2', 'EL2&0']).default('EL1'))
    .option('--tcr <W>', 'TCR_ELx, for stage 1')
    .option('--ttbr0 <W>', 'TTBR0_ELx')
    .option('--ttbr1 <W>', 'TTBR1_ELx')
    .option('--mair <W>', 'MAIR_ELx, for names of memory types')
    .option('--pa-bits <N>', 'physical address size of the CPU', '52')
    .option('--no-lpa2', 'the CPU has no FEAT_LPA2')
    .option('--json', 'print JSON', false)
}
