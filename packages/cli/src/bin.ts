#!/usr/bin/env node
/** The executable: arguments in, exit status out. */
import process from 'node:process'
import { NodeHost } from './host/node.ts'
import { main } from './main.ts'

process.exit(await main(process.argv.slice(2), new NodeHost()))
