/** The program of the worker thread that translates guest code. */

import { keepCompiled } from './host/compile-cache.ts'

keepCompiled()
await import('./translate.ts')
