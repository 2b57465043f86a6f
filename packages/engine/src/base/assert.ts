/**
 * Assertions state what we can prove; a failed one is our own bug, is never caught, and never speaks of
 * bytes that came from outside (those are answered with `SQLITE_CORRUPT`).
 */

/** Thrown by a failed assertion: a bug in ChorusDB. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Fails with a constant message unless `condition` holds. Always on: keep it cheap. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

let slowAssertions = false

/** Switches the costly assertions on or off; the tests switch them on. */
export function enableSlowAssertions(enabled: boolean): void {
  slowAssertions = enabled
}

/** Runs a costly consistency check when the tests have asked for them. */
export function assertSlow(check: () => void): void {
  if (slowAssertions) check()
}

/** For the end of a `switch` over a `kind`: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
