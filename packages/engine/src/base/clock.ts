/**
 * The clock for time limits. `performance.now()` tells the same, but the first use of `performance` loads eleven modules of Node's, which takes most of a
 * millisecond.
 */
const { hrtime } = process

/** Milliseconds since some moment in the past; they never go back. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
