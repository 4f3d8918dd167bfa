/** Runs a program and collects what it says; the one place of the guests tool that starts processes. */
import { spawn } from 'node:child_process'

/**
 * @typedef {object} ExecOptions
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] Added to the caller's environment.
 * @property {(chunk: Buffer) => boolean} [onStdout] Takes standard output instead of `stdout`; `false` stops the program.
 */
/**
 * @typedef {object} ExecResult
 * @property {number} code Exit status; 127 when the program does not exist, 0 when `onStdout` stopped it.
 * @property {string} stdout
 * @property {string} stderr
 */
/** @typedef {(command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>} Exec */

/** @type {Exec} */
export function execProgram(command, args, { cwd, env, onStdout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    /** @type {Buffer[]} */
    const stdout = []
    /** @type {Buffer[]} */
    const stderr = []
    let isStopped = false
    /** @type {unknown} */
    let failure
    child.stdout.on('data', (chunk) => {
      if (isStopped) return
      if (onStdout === undefined) {
        stdout.push(chunk)
        return
      }
      try {
        isStopped = !onStdout(chunk)
      } catch (error) {
        failure = error
        isStopped = true
      }
      if (isStopped) child.kill('SIGTERM')
    })
    child.stderr.on('data', (chunk) => stderr.push(chunk))
    child.on('error', (error) => {
      if ('code' in error && error.code === 'ENOENT')
        resolve({ code: 127, stdout: '', stderr: `${command}: not found` })
      else reject(error)
    })
    child.on('close', (code) => {
      if (failure !== undefined) reject(failure)
      else
        resolve({
          code: isStopped ? 0 : (code ?? 1),
          stdout: Buffer.concat(stdout).toString(),
          stderr: Buffer.concat(stderr).toString(),
        })
    })
  })
}
