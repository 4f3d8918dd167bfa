/** Runs one mechanism on our CPU, in a process of its own and under whichever Node started it; prints the timing as JSON. */

import { defaultJitOptions } from '@armvisor/cpu'
import { imageOf } from './image.ts'
import { calibrate, type OursRequest, runOurs } from './machines.ts'
import { mechanisms } from './programs.ts'

const { name, isTranslated, iterations }: OursRequest = JSON.parse(process.argv[2] as string)
const mechanism = mechanisms.find((each) => each.name === name)
if (mechanism === undefined) throw new Error(`there is no mechanism "${name}"`)
const image = imageOf(mechanism)
const run = runOurs(isTranslated ? defaultJitOptions : undefined)
const count = iterations ?? (await calibrate(image, run, mechanism.work))
const timing = iterations === undefined ? {} : run(image, count)
console.log(JSON.stringify({ ...timing, iterations: count, residentBytes: process.memoryUsage().rss }))
