/** The example of a README: its first `ts` or `js` block, and what that block says it prints. */

/**
 * @typedef {object} Example
 * @property {string} code
 * @property {readonly string[]} expected the lines that `// → …` comments promise, in order
 */

const fence = /^```(?:ts|js)\n(?<code>[\s\S]*?)^```$/m

/**
 * Finds the first example of a README.
 *
 * @param {string} markdown
 * @returns {Example | undefined}
 */
export function firstExample(markdown) {
  const code = fence.exec(markdown)?.groups?.['code']
  if (code === undefined) return undefined
  return { code, expected: Array.from(code.matchAll(/\/\/ → (.*)$/gm), ([, line]) => line.trimEnd()) }
}

/**
 * Compares what an example printed with what its comments promise.
 *
 * @param {Example} example
 * @param {string} stdout
 * @returns {string | undefined} what differs, as a sentence
 */
export function difference({ expected }, stdout) {
  if (expected.length === 0) return undefined
  const lines = stdout.trimEnd().split('\n')
  const at = lines.length === expected.length ? lines.findIndex((line, index) => line !== expected[index]) : 0
  if (lines.length === expected.length && at === -1) return undefined
  return `the example printed ${JSON.stringify(lines)}, its comments promise ${JSON.stringify(expected)}`
}
