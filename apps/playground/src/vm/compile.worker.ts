/** The worker that translates a VM's hot code, where the page may share memory between threads. */

import { type CompileScope, serveCompiler } from '@armvisor/cpu'

serveCompiler(self as unknown as CompileScope, () => performance.now())
