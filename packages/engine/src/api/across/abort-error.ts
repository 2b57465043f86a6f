/** As Node's own: what a call that was given up by its signal is answered. */
export class AbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason })
  }
}

/** The signal among a call's options. @throws TypeError */
export function signalOf(options: unknown, what: string): AbortSignal | null {
  if (options === undefined) return null
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected ${what} to be an options object`)
  }
  const { signal } = options as { readonly signal?: unknown }
  if (signal === undefined) return null
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError('Expected the "signal" option to be an AbortSignal')
  }
  return signal
}
