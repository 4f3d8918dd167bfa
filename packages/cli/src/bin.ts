#!/usr/bin/env node
/** The executable. */

import { keepCompiled } from './host/compile-cache.ts'

keepCompiled()
await import('./process.ts')
