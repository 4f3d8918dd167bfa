/** The one error type of the guests tool: a sentence for people and a code for callers. */

/**
 * @typedef {'APT_ABSENT' | 'DPKG_ABSENT' | 'OFFLINE' | 'MIRROR' | 'UNTRUSTED' | 'PACKAGE_MISSING' | 'PACKAGE_CONTENT'
 *   | 'CACHE_UNWRITABLE' | 'DISK_FULL' | 'APT_FAILED'} GuestsErrorCode
 */

/** What a caller without guests can still do; every message that has no better advice ends with it. */
export const wayOut = 'or do without: give your own files with --kernel and --initrd, or run the embedded guest'

/** Fetching failed; `message` is one sentence with the value, the limit and the way out. */
export class GuestsError extends Error {
  /**
   * @param {GuestsErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message)
    this.name = 'GuestsError'
    /** @type {GuestsErrorCode} */
    this.code = code
  }
}
