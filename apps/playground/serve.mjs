/** Builds the site and serves it, with a guest beside it where one is given. */

import process from 'node:process'
import { parseArgs } from 'node:util'
import { serveSite } from './server/site.mjs'

const usage = `Usage: npm run playground -- [--debian] [--port N] [--host NAME] [--no-isolation]

  --debian        prepare Debian's arm64 kernel and offer it on the page
  --port N        port (default: 4173, or the next one that is free)
  --host NAME     address to listen on (default: localhost)
  --no-isolation  without the headers that let the page share memory between threads`

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      host: { type: 'string', default: 'localhost' },
      'no-isolation': { type: 'boolean', default: false },
      kernel: { type: 'string' },
      initrd: { type: 'string' },
      append: { type: 'string' },
      name: { type: 'string', default: 'guest' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const port = Number(values.port)
  if (values.help) console.log(usage)
  else if (!(Number.isInteger(port) && port >= 0 && port < 65536)) {
    throw new TypeError(`--port ${values.port} is no port: give 0 to 65535`)
  } else {
    const { kernel, initrd, append, name } = values
    const site = await serveSite({
      port,
      host: values.host,
      isIsolated: !values['no-isolation'],
      guests: kernel === undefined ? [] : [{ name, kernel, initrd, append }],
    })
    console.log(`\nThe playground is at ${site.url}  (Ctrl-C ends it)`)
  }
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  console.error(`armvisor playground: ${error.message}.\n\n${usage}`)
  process.exitCode = 2
}
