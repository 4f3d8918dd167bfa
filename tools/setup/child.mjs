/** Child processes: output captured, or the terminal handed over. */

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'

/**
 * @typedef {object} Outcome
 * @property {number} status exit status, 128 + n for signal n, 127 where the program does not exist
 * @property {string} stdout
 * @property {string} output stdout and stderr in the order they came
 */

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
const statusOf = (code, signal) => code ?? 128 + (signal === null ? 0 : constants.signals[signal])

/**
 * Runs a program with stdin closed and its output captured. Never rejects.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string }} [options]
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, { cwd, env, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env })
    let stdout = ''
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.stdin.on('error', () => {}).end(input ?? '')
    child.on('error', (error) => resolve({ status: 127, stdout, output: `${output}${error.message}\n` }))
    child.on('close', (code, signal) => resolve({ status: statusOf(code, signal), stdout, output }))
  })
}

/**
 * Runs a program on this process's own stdin, stdout and stderr and gives its exit status. Signals from the terminal
 * reach the child itself, so this process only has to outlive it; a termination sent to this process alone is passed on.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function handOver(command, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: 'inherit' })
    const ignore = () => {}
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', pass).off('SIGHUP', pass)
      resolve(statusOf(code, signal))
    })
  })
}
