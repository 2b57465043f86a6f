/** The commits of a database in memory, all of which its one connection makes. */
import type { Pager, PageWatcher } from '../../storage/index.ts'
import { ChangedTables } from './changed-tables.ts'
import type { CommitListener, CommitSource } from './commit-source.ts'

export class MemoryCommits implements CommitSource, PageWatcher {
  readonly #pager: Pager
  readonly #listener: CommitListener
  readonly #tables: ChangedTables
  #changed: Set<number> | null = new Set()
  #seen = 0
  #isScheduled = false
  #isClosed = false
  last = 0

  constructor(pager: Pager, listener: CommitListener) {
    this.#pager = pager
    this.#listener = listener
    this.#tables = this.#reading(() => new ChangedTables(pager))
    pager.watchers.add(this)
  }

  get names(): ReadonlyMap<string, string> {
    return this.#tables.names
  }

  otherKindOf(folded: string): string | null {
    return this.#tables.otherKindOf(folded)
  }

  pagesChanged(pgnos: readonly number[] | null): void {
    this.last++
    if (pgnos === null) this.#changed = null
    else if (this.#changed !== null) for (const pgno of pgnos) this.#changed.add(pgno)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#look())
  }

  #look(): void {
    this.#isScheduled = false
    if (this.#isClosed) return
    const changed = this.#changed
    this.#changed = new Set()
    const count = this.last - this.#seen
    this.#seen = this.last
    try {
      // What a transaction has changed that is open is not committed: what has been is told by the next look.
      const isWriting = this.#pager.state === 'write'
      if (isWriting) this.#changed = null
      const changes = isWriting
        ? { tables: new Set<string>(), isUnknown: true }
        : this.#reading(() => this.#tables.look(this.#pager, changed))
      this.#listener.found({ count, ownCount: count, to: this.last, changes, isUndone: false })
    } catch (error) {
      this.#listener.failed(error)
    }
  }

  #reading<Result>(look: () => Result): Result {
    const isIdle = this.#pager.state === 'none'
    if (isIdle) this.#pager.beginRead()
    try {
      return look()
    } finally {
      if (isIdle) this.#pager.endRead()
    }
  }

  ref(): void {
    // Nobody else can commit.
  }

  unref(): void {
    // As above.
  }

  close(): void {
    this.#isClosed = true
    this.#pager.watchers.delete(this)
  }
}
