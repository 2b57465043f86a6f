/** As Node's own: what a call that was given up by its signal is answered. */
export class AbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason })
  }
}

/** The signal among a call's options. @throws TypeError */
export function signalAmong(options: unknown, what: string): AbortSignal | null {
  if (options === undefined) return null
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected ${what} to be an options object`)
  }
  return signalOf((options as { readonly signal?: unknown }).signal)
}

/** The signal itself; null: none is given. It may come from another realm. @throws TypeError */
export function signalOf(signal: unknown): AbortSignal | null {
  if (signal === undefined || signal === null) return null
  const given = signal as Partial<AbortSignal>
  if (typeof given.aborted === 'boolean' && typeof given.addEventListener === 'function') {
    return signal as AbortSignal
  }
  throw new TypeError('Expected the "signal" option to be an AbortSignal')
}
