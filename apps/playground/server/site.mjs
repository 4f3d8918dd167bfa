/** The built site on a port, and guests beside it under `guests/`. */

import { createReadStream, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * @typedef {object} OfferedFiles A guest by the paths of its files.
 * @property {string} name
 * @property {string} kernel
 * @property {string | undefined} [initrd]
 * @property {string | undefined} [append]
 */

/**
 * What is served under `guests/`: the list that the page asks for, and the files it names.
 *
 * @param {readonly OfferedFiles[]} guests
 * @returns {import('vite').Plugin}
 */
function offer(guests) {
  /** @type {Map<string, string>} */
  const files = new Map()
  const list = guests.map(({ name, kernel, initrd, append }, i) => {
    files.set(`/guests/${i}/kernel`, kernel)
    if (initrd !== undefined) files.set(`/guests/${i}/initrd`, initrd)
    return { name, kernel: `${i}/kernel`, ...(initrd !== undefined && { initrd: `${i}/initrd` }), append }
  })
  return {
    name: 'guests',
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname
        const file = files.get(path)
        if (path === '/guests/index.json') {
          response.setHeader('Content-Type', 'application/json')
          response.end(JSON.stringify(list))
        } else if (file !== undefined) {
          response.setHeader('Content-Type', 'application/octet-stream')
          response.setHeader('Content-Length', statSync(file).size)
          createReadStream(file).pipe(response)
        } else next()
      })
    },
  }
}

/**
 * Builds and serves.
 *
 * @param {{ port?: number, host?: string, isIsolated?: boolean, guests?: readonly OfferedFiles[], isBuilt?: boolean, outDir?: string }} [options]
 *   port 0 takes any free one; `isBuilt` serves what the last build made
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serveSite(options = {}) {
  const { port = 0, host = 'localhost', isIsolated = true, guests = [], isBuilt = false, outDir = 'dist' } = options
  if (!isBuilt) await build({ root, logLevel: 'warn', build: { outDir } })
  const server = await preview({
    root,
    logLevel: 'warn',
    build: { outDir },
    plugins: [offer(guests)],
    preview: {
      port,
      host,
      ...(isIsolated
        ? {}
        : { headers: { 'Cross-Origin-Opener-Policy': 'unsafe-none', 'Cross-Origin-Embedder-Policy': 'unsafe-none' } }),
    },
  })
  const url = server.resolvedUrls?.local[0]
  if (url === undefined) throw new Error(`the server on ${host}:${port} has no address`)
  return { url, close: () => server.close() }
}
