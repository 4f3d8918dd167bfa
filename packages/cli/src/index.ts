/**
 * The command line as a function: `main` with everything it touches behind {@link Host}.
 *
 * @packageDocumentation
 */

export type { Host, InputStream, OutputStream, Signal } from './host/host.ts'
export { main } from './main.ts'
