/** The one way a set-up or check command ends badly: a sentence for people, never a stack. */

import process from 'node:process'

/** A failure whose message is a complete sentence: what is wrong, the value, and the way out. */
export class SetupError extends Error {
  /**
   * @param {string} sentence
   * @param {string} [log] output of the command that failed, printed before the sentence
   */
  constructor(sentence, log = '') {
    super(sentence)
    this.name = 'SetupError'
    this.log = log
  }
}

/**
 * Runs `work` and gives the exit status it returns, or prints a {@link SetupError} and gives 1.
 *
 * @param {() => Promise<number>} work
 * @returns {Promise<number>}
 */
export async function attempt(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    if (error.log !== '') process.stderr.write(`${error.log.trimEnd()}\n`)
    process.stderr.write(`armvisor: ${error.message}\n`)
    return 1
  }
}

/**
 * Runs the main function of a command; its status becomes the exit status of this process.
 *
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  process.exitCode = await attempt(main)
}

/** Refuses a Node older than the oldest one that the dependencies run on. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new SetupError(
    `Node 20.19 or newer is needed, and this is Node ${process.versions.node} (${process.execPath}); install a newer Node and run the command again.`,
  )
}
