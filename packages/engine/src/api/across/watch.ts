/** `db.watch`: commits of any process, as they come. */
import { sqlError } from '../../base/error.ts'
import { callersMistake, users } from '../../base/foreign-error.ts'
import { foldName } from '../../schema/index.ts'
import type { Connection } from '../connection/connection.ts'
import type { OpenOptions } from '../open/options.ts'
import { AbortError, signalAmong } from './abort-error.ts'
import type { CommitEvents } from './commit-event.ts'
import { CommitIterator, foldedNames, type IteratorHome } from './commit-iterator.ts'
import type { CommitListener, CommitSource, FoundCommits } from './commit-source.ts'
import { FileCommits } from './file-commits.ts'
import { MemoryCommits } from './memory-commits.ts'

/** All who watch through one connection. They share what finds the commits, which is there as long as one of them is. */
class Watchers implements IteratorHome, CommitListener {
  readonly #iterators = new Set<CommitIterator>()
  readonly #source: CommitSource
  readonly #ended: () => void
  #names: ReadonlyMap<string, string>

  constructor(connection: Connection, request: OpenOptions, ended: () => void) {
    const { pager } = connection
    this.#ended = ended
    this.#source = connection.isMemory
      ? new MemoryCommits(pager, this)
      : new FileCommits(pager, request, this)
    this.#names = this.#source.names
  }

  get count(): number {
    return this.#iterators.size
  }

  watch(watched: readonly string[] | null, signal: AbortSignal | null): CommitEvents {
    if (watched !== null) this.#checkNames(watched)
    const names = watched === null ? null : foldedNames(watched)
    const iterator = new CommitIterator(this, names, signal, this.#source.last)
    this.#iterators.add(iterator)
    return iterator
  }

  #checkNames(watched: readonly string[]): void {
    const { names } = this.#source
    for (const name of watched) {
      const folded = foldName(name)
      if (names.has(folded)) continue
      const kind = this.#source.otherKindOf(folded)
      throw sqlError(kind === null ? `no such table: ${name}` : `cannot watch ${kind}: ${name}`)
    }
  }

  found(commits: FoundCommits): void {
    const before = this.#names
    this.#names = this.#source.names
    const names = before === this.#names ? before : new Map([...before, ...this.#names])
    for (const iterator of this.#iterators) iterator.found(commits, names)
  }

  failed(error: unknown): void {
    for (const iterator of this.#iterators) iterator.fail(error)
  }

  waitingChanged(): void {
    if ([...this.#iterators].some(({ isWaiting }) => isWaiting)) this.#source.ref()
    else this.#source.unref()
  }

  left(iterator: CommitIterator): void {
    this.#iterators.delete(iterator)
    if (this.#iterators.size > 0) this.waitingChanged()
    else this.close()
  }

  /** The connection closes: whoever watches has come to the end. */
  close(): void {
    this.#ended()
    for (const iterator of this.#iterators) iterator.end()
    this.#source.close()
  }
}

const watchersOf = new WeakMap<Connection, Watchers>()

/** How many watch through a connection. */
export function watcherCount(connection: Connection): number {
  return watchersOf.get(connection)?.count ?? 0
}

/**
 * @param given table, tables, or nothing; then options
 * @throws TypeError; AbortError; SQLITE_ERROR where there is no such table; SQLITE_IOERR where the system cannot watch
 */
export function watchCommits(
  connection: Connection,
  request: OpenOptions,
  given: readonly unknown[],
): CommitEvents {
  const [tables, options] = given
  const watched = tableNames(tables)
  const signal = mistaken(() => signalAmong(options, 'second argument'))
  connection.checkOpen()
  if (signal?.aborted === true) throw (users.error = new AbortError(signal))
  let watchers = watchersOf.get(connection)
  if (watchers === undefined) {
    const release = connection.onClose(() => watchersOf.get(connection)?.close())
    watchers = opened(connection, request, release)
  }
  try {
    return watchers.watch(watched, signal)
  } finally {
    if (watchers.count === 0) watchers.close()
  }
}

function opened(connection: Connection, request: OpenOptions, release: () => void): Watchers {
  const ended = (): void => {
    watchersOf.delete(connection)
    release()
  }
  try {
    const watchers = new Watchers(connection, request, ended)
    watchersOf.set(connection, watchers)
    return watchers
  } catch (error) {
    release()
    throw error
  }
}

function tableNames(given: unknown): readonly string[] | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'string') return [given]
  if (Array.isArray(given) && given.every((name) => typeof name === 'string')) return given
  throw callersMistake(
    new TypeError('Expected first argument to be the name of a table, or an array of them'),
  )
}

function mistaken<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw error instanceof TypeError ? callersMistake(error) : error
  }
}
