/** Files that the user names, with the sentence for each way in which they cannot be had. */

import { FailureError } from '../errors.ts'
import type { Host } from './host.ts'

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  ENOTDIR: 'does not exist, because a part of its path is no folder; check the path',
  EACCES: 'may not be read by this user; change its permissions or give another file',
  EPERM: 'may not be read by this user; change its permissions or give another file',
  EISDIR: 'is a folder; give a file',
  ELOOP: 'is a loop of symbolic links; give a file',
  ENAMETOOLONG: 'has a longer name than the system allows; check the path',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB, which is the most that can be read; give a smaller file',
}

/** The code that the system gave for a failed file operation. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : ''
}

/** Reads a file. @param what whose file it is, as `--kernel`. @throws {@link FailureError} */
export async function readInputFile(host: Host, what: string, path: string): Promise<Uint8Array> {
  try {
    return await host.readFile(path)
  } catch (error) {
    const code = errorCode(error)
    const problem = problems[code] ?? `cannot be read (${code || String(error)}); check the path`
    throw new FailureError(`${what} ${path} ${problem}.`)
  }
}
