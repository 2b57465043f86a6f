/** What `db.lock` takes, and what `db.status()` says of it. */

/** Options of `Database.lock`. */
export interface LockOptions {
  /** Gives up waiting: the call is answered with an `AbortError`. Once the lock is held it has no effect. */
  signal?: AbortSignal | undefined
  /** How long to wait, in ms; then the call is answered `SQLITE_BUSY`. Default: as long as it takes. */
  timeout?: number | undefined
}

/** A lock of this connection. */
export interface LockStatus {
  /** As `db.lock` was given it. */
  name: string
  /** It is held; else it is waited for. */
  held: boolean
  /** Since when, in ms since 1970. */
  since: number
}
