/** Loaded into our side with `--import`: SIGUSR2 starts V8's sampling profiler, and again writes what it found to $ARMVISOR_PROFILE. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

const session = new Session()
let isRunning = false

process.on('SIGUSR2', async () => {
  const file = process.env.ARMVISOR_PROFILE
  if (file === undefined) return
  if (isRunning) {
    const { profile } = await session.post('Profiler.stop')
    writeFileSync(file, JSON.stringify(profile))
    // In standard error, as standard output is the guest's console.
    process.stderr.write('profile written\n')
  } else {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 500 })
    await session.post('Profiler.start')
    process.stderr.write('profile started\n')
  }
  isRunning = !isRunning
})
