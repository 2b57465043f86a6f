/** What goes wrong, as the page is told. */
import { SqliteError } from '../../../engine/src/index.ts'
import type { Failure } from '../protocol.ts'

/** The studio's own refusals: the status of HTTP, and a sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly kind: Failure['kind']

  constructor(status: number, message: string, kind: Failure['kind'] = 'error') {
    super(message)
    this.status = status
    this.kind = kind
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, message)
}

export function notFound(message: string): Refusal {
  return new Refusal(404, message)
}

/** The row is not what the user has seen. */
export function conflict(message: string): Refusal {
  return new Refusal(409, message, 'conflict')
}

export function cancelled(): Refusal {
  return new Refusal(499, 'cancelled', 'cancelled')
}

/** Errors of the database are the user's to see, in SQLite's words. What else is thrown is a fault of ours. */
export function failureOf(error: unknown): { readonly status: number; readonly failure: Failure } {
  if (error instanceof SqliteError) {
    const { code, message } = error
    return { status: 422, failure: { code, message, kind: 'error' } }
  }
  if (error instanceof Refusal) {
    const { status, message, kind } = error
    return { status, failure: { code: null, message, kind } }
  }
  // The engine's own for wrong calls, such as parameters without a value.
  if (error instanceof TypeError || error instanceof RangeError) {
    return { status: 422, failure: { code: null, message: error.message, kind: 'error' } }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { status: 500, failure: { code: null, message, kind: 'error' } }
}
