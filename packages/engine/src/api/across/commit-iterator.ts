/** One who watches: what has been found and not been told yet, and who waits for it. */
import { foldName } from '../../schema/index.ts'
import { AbortError } from './abort-error.ts'
import type { CommitEvent, CommitEvents } from './commit-event.ts'
import type { FoundCommits } from './commit-source.ts'

type Result = IteratorResult<CommitEvent, undefined>

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** What it asks of those who find commits. */
export interface IteratorHome {
  left(iterator: CommitIterator): void
  /** Whether somebody waits may have changed. */
  waitingChanged(): void
}

export class CommitIterator implements CommitEvents {
  readonly #home: IteratorHome
  /** Names in lower case; null: all tables. */
  readonly #watched: ReadonlySet<string> | null
  readonly #signal: AbortSignal | null
  readonly #waiters: Waiter[] = []
  #from: number
  #to: number
  /** In lower case, and as they are written. */
  readonly #tables = new Map<string, string>()
  #own = true
  #undone = false
  #isOver = false
  #error: { readonly error: unknown } | null = null

  constructor(
    home: IteratorHome,
    watched: ReadonlySet<string> | null,
    signal: AbortSignal | null,
    from: number,
  ) {
    this.#home = home
    this.#watched = watched
    this.#signal = signal
    this.#from = from
    this.#to = from
    signal?.addEventListener('abort', this.#abort)
  }

  get isWaiting(): boolean {
    return this.#waiters.length > 0
  }

  readonly #abort = (): void => this.fail(new AbortError(this.#signal!))

  /** @param names of all tables, before these commits or after them */
  found({ count, ownCount, to, changes, isUndone }: FoundCommits, names: Names): void {
    this.#to = to
    this.#own &&= count === ownCount && !isUndone
    this.#undone ||= isUndone
    const changed = changes.isUnknown ? (this.#watched ?? names.keys()) : changes.tables
    for (const table of changed) this.#add(table, names)
    if (changes.isUnknown) for (const table of changes.tables) this.#add(table, names)
    if (this.#waiters.length === 0 || !this.#hasEvent) return
    const { resolve } = this.#waiters.shift()!
    resolve({ done: false, value: this.#take() })
    this.#home.waitingChanged()
  }

  #add(table: string, names: Names): void {
    if (this.#watched !== null && !this.#watched.has(table)) return
    this.#tables.set(table, names.get(table) ?? this.#tables.get(table) ?? table)
  }

  get #hasEvent(): boolean {
    return (
      this.#tables.size > 0 || this.#undone || (this.#watched === null && this.#to !== this.#from)
    )
  }

  #take(): CommitEvent {
    const tables = [...this.#tables.values()]
    const event = { from: this.#from, to: this.#to, tables, own: this.#own, undone: this.#undone }
    this.#from = this.#to
    this.#tables.clear()
    this.#own = true
    this.#undone = false
    return event
  }

  next(): Promise<Result> {
    if (this.#hasEvent) return Promise.resolve({ done: false, value: this.#take() })
    if (this.#error !== null) {
      const { error } = this.#error
      this.#error = null
      return Promise.reject(error as Error)
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#home.waitingChanged()
    })
  }

  return(): Promise<Result> {
    this.end()
    this.#tables.clear()
    this.#undone = false
    this.#from = this.#to
    this.#error = null
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Ends it with an error: that of whoever waits, or else of the next call. */
  fail(error: unknown): void {
    if (this.#isOver) return
    const first = this.#waiters.shift()
    if (first === undefined) this.#error = { error }
    else first.reject(error)
    this.end()
  }

  /** What has been found is still told. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#abort)
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined })
    this.#home.left(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

type Names = ReadonlyMap<string, string>

/** The names that are watched, in lower case. */
export function foldedNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(foldName))
}
