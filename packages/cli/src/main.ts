/** The command line from its arguments to its exit status. */

import { CommanderError } from 'commander'
import { createProgram } from './args.ts'
import { FailureError, UsageError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Host } from './host/host.ts'
import { writeText } from './host/write-text.ts'

/**
 * Runs a command.
 *
 * @param argv the arguments after the program's name
 * @returns the exit status; all output has gone by then
 */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  const status = await runCommand(argv, host)
  await host.stdout.drained()
  const { failure } = host.stdout
  const isLost = failure !== undefined && failure !== 'EPIPE'
  if (isLost)
    writeText(host.stderr, `armvisor: The output cannot be written (${failure}): make room, or send it elsewhere.\n`)
  await host.stderr.drained()
  return isLost ? exitStatus.failure : status
}

async function runCommand(argv: readonly string[], host: Host): Promise<number> {
  let status: number = exitStatus.success
  const program = createProgram(host, (value) => {
    status = value
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitStatus.success
    if (error instanceof CommanderError) return reportUsage(host, commanderSentence(error))
    if (error instanceof UsageError) return reportUsage(host, error.message)
    if (error instanceof FailureError) {
      writeText(host.stderr, `armvisor: ${error.message}\n`)
      return exitStatus.failure
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    writeText(host.stderr, `armvisor: this is a fault of armvisor, please report it with the options used: ${stack}\n`)
    return exitStatus.failure
  }
}

function reportUsage(host: Host, sentence: string): number {
  writeText(host.stderr, `armvisor: ${sentence}\nSee armvisor --help, or --help after a command.\n`)
  return exitStatus.usage
}

/** Commander's message as one line that ends like a sentence. */
function commanderSentence(error: CommanderError): string {
  if (error.code === 'commander.help')
    return 'a command is missing: give run, disasm or asm, or one of the commands of stage2 or uapi.'
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim()
  return /[.?)]$/.test(text) ? text : `${text}.`
}
