/** Progress on stderr: one line a step with its time, so that stdout stays the program's own. */

import process from 'node:process'

const heartbeatSeconds = 15

/** @param {number} startMs */
const secondsSince = (startMs) => ((performance.now() - startMs) / 1000).toFixed(1)

/**
 * Runs `work` as one step: on a terminal the line counts the seconds in place, elsewhere a long step says every 15 s
 * that it is alive.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const out = process.stderr
  const isTerminal = out.isTTY === true
  const startMs = performance.now()
  const tick = () =>
    out.write(isTerminal ? `\r  ${title} … ${secondsSince(startMs)} s` : `  ${title} … ${secondsSince(startMs)} s\n`)
  if (isTerminal) tick()
  const timer = setInterval(tick, isTerminal ? 500 : heartbeatSeconds * 1000)
  /** @param {string} mark */
  const finish = (mark) => {
    clearInterval(timer)
    out.write(`${isTerminal ? '\r\x1b[K' : ''}${mark} ${title} (${secondsSince(startMs)} s)\n`)
  }
  try {
    const result = await work()
    finish('✓')
    return result
  } catch (error) {
    finish('✗')
    throw error
  }
}
