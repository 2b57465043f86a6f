/**
 * A commit that waits for its sync, which another thread does. The asynchronous face holds its answer back until then, and the event loop goes
 * on meanwhile.
 *
 * Until it is over the connection stands where it stood before the commit: in its transaction, with its locks, and with the statement that commits
 * unfinished. Nobody runs anything on it, for whoever has it waits. Should somebody come all the same, by a call that answers at once (the end of the
 * process, `close`), or should another connection of the same thread be about to sleep until it has the lock, the commit is ended first, and the thread is held
 * up until the disk has answered.
 *
 * A commit is held only where nothing else is open on the connection, and where one database of it has a log that is to be synced. All others are
 * done at once, as everywhere.
 */
import { heldHere } from '../../coordination/index.ts'
import type { OpenDatabase } from './open-database.ts'

/** What of a connection a commit concerns. */
interface Committing {
  /** Who calls it waits for what is held. */
  readonly commitsLater: boolean
  readonly statementDepth: number
  readonly databases: { readonly all: readonly OpenDatabase[] }
  heldCommit: HeldCommit | null
}

export class HeldCommit {
  /** Kept when it is over; it says nothing of how. */
  readonly over: Promise<void>
  readonly #connection: Committing
  readonly #finish: () => void
  #isOver = false
  #failure: { readonly error: unknown } | null = null

  /** @param finish does the rest of the commit, and throws what that fails with */
  constructor(connection: Committing, synced: Promise<void>, finish: () => void) {
    this.#connection = connection
    this.#finish = finish
    heldHere.add(this)
    const end = (): void => this.end()
    this.over = synced.then(end, end)
  }

  /** Ends it now: waits for the sync where that is still under way. What it fails with is for those whom `check` tells. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#connection.heldCommit = null
    heldHere.delete(this)
    try {
      this.#finish()
    } catch (error) {
      this.#failure = { error }
    }
  }

  /** When it is over. @throws what it has failed with */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}

/**
 * Begins the commit of a connection, and holds it, where that can be done.
 * @param besides statements that may be open: the one that commits
 * @param finish as of `HeldCommit`
 * @returns false: it is to be done at once
 * @throws what writing fails with
 */
export function holdCommit(connection: Committing, besides: number, finish: () => void): boolean {
  if (!connection.commitsLater || connection.statementDepth > besides) return false
  const written = connection.databases.all.filter(
    ({ pager }) => pager.state === 'write' && pager.syncsElsewhere,
  )
  if (written.length !== 1) return false
  const synced = written[0]!.pager.beginCommit()
  if (synced === null) return false
  connection.heldCommit = new HeldCommit(connection, synced, finish)
  return true
}
