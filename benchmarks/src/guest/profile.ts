/** Takes a CPU profile of our side while a guest does something. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CpuProfile, type ThreadTime, threadTimes } from '../harness/profile.ts'
import { type Contender, type Guest, ours } from './contender.ts'
import type { GuestSession } from './session.ts'

const preload = fileURLToPath(new URL('profiler.mjs', import.meta.url))
const limitMs = 60_000

/** Our side with a profiler that waits to be started. @param folder - Where the profile goes. */
export function profileContender(guest: Guest, node: string, folder: string): Contender {
  const { args, ...contender } = ours(guest, [node], 'compiled')
  return { ...contender, args: ['--import', preload, ...args], env: { ARMVISOR_PROFILE: fileIn(folder) } }
}

/** Profiles what the guest does until the promise is kept. @param folder - The one of {@link profileContender}. */
export async function takeProfile<T>(
  session: GuestSession,
  folder: string,
  action: () => Promise<T>,
): Promise<{ readonly result: T; readonly profile: CpuProfile; readonly threads: readonly ThreadTime[] }> {
  process.kill(session.pid, 'SIGUSR2')
  await session.waitForError('profile started', limitMs)
  const before = readThreads(session.pid)
  const result = await action()
  const threads = threadTimes(before, readThreads(session.pid))
  process.kill(session.pid, 'SIGUSR2')
  await session.waitForError('profile written', limitMs)
  return { result, profile: JSON.parse(readFileSync(fileIn(folder), 'utf8')), threads }
}

function fileIn(folder: string): string {
  return join(folder, 'profile.json')
}

/** Each thread's line of numbers; none where the system has no /proc. */
function readThreads(pid: number): Map<string, string> {
  try {
    const tasks = `/proc/${pid}/task`
    return new Map(readdirSync(tasks).map((id) => [id, readFileSync(join(tasks, id, 'stat'), 'utf8')]))
  } catch {
    return new Map()
  }
}
