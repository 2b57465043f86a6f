/** What `db.watch` tells, and takes. */

/** Commits that have been made since the event before, by whomever. */
export interface CommitEvent {
  /** The number of commits before these: `to` of the event before. */
  from: number
  /** The number of commits including these. */
  to: number
  /**
   * The tables that they have changed, among those that are watched, as the schema writes their names. Each is among them that has changed; some may be that have
   * not: all of them where the log was restarted before these commits were looked at, where commits were undone, and where a long value was
   * overwritten in its place.
   */
  tables: string[]
  /** All of these commits were made by this very connection. */
  own: boolean
  /** Commits that were told before are no more: a process of another kind has taken them back. All that was read since is void. */
  undone: boolean
}

/** Options of `Database.watch`. */
export interface WatchOptions {
  /** Ends it: whoever waits for the next event is answered with an `AbortError`. */
  signal?: AbortSignal | undefined
}

/** Commits as they come. Whoever reads more slowly than they come gets several in one event. */
export interface CommitEvents extends AsyncIterableIterator<CommitEvent, undefined, undefined> {
  /** The next event, as soon as there is one. @throws AbortError once */
  next(): Promise<IteratorResult<CommitEvent, undefined>>
  /** Ends it. */
  return(): Promise<IteratorResult<CommitEvent, undefined>>
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>
}
