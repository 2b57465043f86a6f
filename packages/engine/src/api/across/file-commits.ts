/**
 * The commits of a file, whoever makes them.
 *
 * They are read through a connection of their own, which holds a snapshot only while it looks: so they are seen whatever the application's connection
 * has open. It looks when it is woken: by the core, after a commit of this engine in any process (`crates/tshm/src/connection/watch.rs`), and by the
 * file system, when the log was written to. That comes before a commit is published, so it looks again for as long as the writer has his lock, or
 * for a moment where that cannot be asked.
 */
import { monotonicMs } from '../../base/clock.ts'
import { SqliteError } from '../../base/error.ts'
import type { SharedCoordination } from '../../coordination/index.ts'
import type { Pager, PageWatcher } from '../../storage/index.ts'
import { openFollower } from '../open/open.ts'
import type { OpenOptions } from '../open/options.ts'
import { ChangedTables } from './changed-tables.ts'
import type { CommitListener, CommitSource } from './commit-source.ts'
import { LogFile } from './log-file.ts'

/** Between two looks while somebody else has the writer's lock, in ms, at most. */
const longestPauseMs = 100
/** For how long it looks where nobody says whether somebody writes. */
const blindMs = 200
/** After a look that met somebody at work. */
const retryMs = 5
const mostRetries = 1000

/** Answers that mean: not at this moment. */
const passing: ReadonlySet<string> = new Set([
  'SQLITE_BUSY',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_PROTOCOL',
])

export class FileCommits implements CommitSource, PageWatcher {
  readonly #listener: CommitListener
  readonly #pager: Pager
  readonly #coordination: SharedCoordination
  readonly #log: LogFile | null = null
  readonly #isWoken: boolean
  readonly #unfollow: () => void
  #tables: ChangedTables
  /** Since the last look; null: all may have changed. */
  #changed: Set<number> | null = new Set()
  #undone: number
  #own = 0
  #timer: NodeJS.Timeout | null = null
  #writtenAt = 0
  #retries = 0
  #isClosed = false
  last: number

  /** @param main the connection's own, whose commits are told apart; its file is open under these options */
  constructor(main: Pager, options: OpenOptions, listener: CommitListener) {
    this.#listener = listener
    const asked = { ...options, path: main.path, readonly: true, create: false }
    const { pager, coordination } = openFollower(asked)
    this.#pager = pager
    this.#coordination = coordination
    const own: PageWatcher = {
      pagesChanged: () => {
        if (main.state === 'write') this.#own++
      },
    }
    this.#unfollow = () => main.watchers.delete(own)
    try {
      // Who is woken first misses nothing that is committed after the first look.
      this.#isWoken = coordination.watch(() => this.#woken())
      if (coordination.multiprocess || !this.#isWoken || !coordination.coordinated) {
        const path = coordination.walFd < 0 ? main.path : `${main.path}-wal`
        this.#log = new LogFile(
          path,
          () => this.#written(),
          (error) => listener.failed(error),
        )
      }
      pager.beginRead()
      this.#tables = new ChangedTables(pager)
      this.last = coordination.snapshot.transactionCount
      this.#undone = coordination.snapshot.undone
      pager.endRead()
    } catch (error) {
      this.close()
      throw error
    }
    pager.watchers.add(this)
    main.watchers.add(own)
  }

  get names(): ReadonlyMap<string, string> {
    return this.#tables.names
  }

  otherKindOf(folded: string): string | null {
    return this.#tables.otherKindOf(folded)
  }

  pagesChanged(pgnos: readonly number[] | null): void {
    if (pgnos === null) this.#changed = null
    else if (this.#changed !== null) for (const pgno of pgnos) this.#changed.add(pgno)
  }

  #woken(): void {
    if (!this.#isClosed) this.#look()
  }

  #written(): void {
    this.#writtenAt = monotonicMs()
    this.#follow()
  }

  /** Looks, and comes back while what was written may still become a commit. */
  #follow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const elapsedMs = monotonicMs() - this.#writtenAt
    try {
      // Asked before the look: who has let go has published.
      const isOn = this.#isWoken
        ? this.#coordination.isWrittenElsewhere()
        : elapsedMs < blindMs || this.#coordination.isWrittenElsewhere()
      this.#look()
      if (isOn && !this.#isClosed) {
        this.#comeBack(Math.min(longestPauseMs, Math.max(1, elapsedMs / 8)))
      }
    } catch (error) {
      this.#listener.failed(error)
    }
  }

  #comeBack(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#follow()
    }, afterMs).unref()
  }

  #look(): void {
    try {
      this.#read()
      this.#retries = 0
    } catch (error) {
      if (this.#pager.state === 'read') this.#pager.endRead()
      const isPassing = error instanceof SqliteError && passing.has(error.code)
      if (!isPassing || this.#retries++ > mostRetries) return this.#listener.failed(error)
      this.#comeBack(retryMs)
    }
  }

  #read(): void {
    const pager = this.#pager
    pager.beginRead()
    const { transactionCount, undone } = this.#coordination.snapshot
    const isUndone = undone !== this.#undone
    const isCounted = this.#coordination.coordinated
    if (transactionCount === this.last && !isUndone && (isCounted || this.#changed?.size === 0)) {
      pager.endRead()
      return
    }
    const changes = this.#tables.look(pager, isUndone ? null : this.#changedPages(transactionCount))
    pager.endRead()
    const before = this.last
    this.#changed = new Set()
    this.#undone = undone
    // Who is not among those who coordinate sees that something has changed, and not how often.
    this.last = isCounted ? transactionCount : before + 1
    const ownCount = this.#own
    this.#own = 0
    const count = this.last - before
    this.#listener.found({ count, ownCount, to: this.last, changes, isUndone })
  }

  /** Where the log was restarted nobody knows what the commits before that have changed. A single commit is in what there is of the log, or there is none. */
  #changedPages(transactionCount: number): ReadonlySet<number> | null {
    const { snapshot, coordinated } = this.#coordination
    if (this.#changed !== null || !coordinated) return this.#changed
    const isOne = transactionCount === this.last + 1 && snapshot.maxFrame > 0
    return isOne ? new Set(this.#coordination.changedSince(0)) : null
  }

  ref(): void {
    this.#log?.ref()
  }

  unref(): void {
    this.#log?.unref()
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#unfollow()
    this.#log?.close()
    this.#coordination.unwatch()
    this.#pager.close()
  }
}
