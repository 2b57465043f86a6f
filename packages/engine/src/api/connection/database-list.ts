/**
 * The databases of a connection: main, perhaps a temporary one, and those that are attached. Each has a transaction
 * of its own in its own file; together they are the connection's transaction. (ATTACH DATABASE)
 *
 * A database joins the connection's transaction when a statement first touches it. It then gets a mark for each
 * savepoint that is open, so that going back to one takes back all that the database did.
 *
 * COMMIT commits one file after the other, main first. As in SQLite's WAL mode, each file is committed whole or
 * not at all, but a crash between two of them leaves the first committed and the second not. Nothing is committed
 * any more after one has failed.
 *
 * Where locks of several files are taken at once they are taken in one order, the same for all processes, so that two
 * that attached the same files in different orders do not wait for each other.
 */
import { limits } from '../../base/limits.ts'
import { sqlError, type SqliteError } from '../../base/error.ts'
import { isForeign, needRoom } from '../../base/foreign-error.ts'
import type { TextEncoding } from '../../record/index.ts'
import {
  catalogOf,
  type Catalog,
  type Environment,
  type KeyViolations,
} from '../../runtime/index.ts'
import { sameName } from '../../schema/index.ts'
import type { OpenDatabase } from './open-database.ts'

interface Savepoint {
  readonly name: string
  /** What the pagers take to go back. */
  readonly marks: Map<OpenDatabase, number>
  readonly violations: SavedViolations
}

/** Violations of foreign keys at some moment. */
export type SavedViolations = Pick<KeyViolations, 'deferred' | 'postponed'>

export function differentEncoding(): SqliteError {
  return sqlError('attached databases must use the same text encoding as main database')
}

export class DatabaseList {
  readonly main: OpenDatabase
  readonly #environment: Environment
  #temporary: OpenDatabase | null = null
  #attached: readonly OpenDatabase[] = []
  /** Main, temp, the attached ones in the order of their attachment. */
  all: readonly OpenDatabase[]
  inLockOrder: readonly OpenDatabase[]
  /** There is none but main. */
  isSingle = true
  /** Open savepoints, oldest first. */
  readonly #savepoints: Savepoint[] = []

  constructor(main: OpenDatabase, environment: Environment) {
    this.main = main
    this.#environment = environment
    this.all = [main]
    this.inLockOrder = this.all
  }

  // ── Membership ──

  get catalog(): Catalog {
    const attached = this.#attached.map(({ schema }) => schema)
    const temporary = this.#temporary?.schema ?? null
    return {
      ...catalogOf(this.main.schema, temporary, attached, this.#environment),
      sizesOf: (tables) => tables.map((table) => this.find(table.database)?.sizeOf(table) ?? null),
    }
  }

  get temporary(): OpenDatabase | null {
    return this.#temporary
  }

  find(name: string): OpenDatabase | null {
    for (const database of this.all) if (sameName(database.name, name)) return database
    return null
  }

  /** The number by which PRAGMA database_list calls it. */
  numberOf(database: OpenDatabase): number {
    if (database === this.main) return 0
    return database === this.#temporary ? 1 : this.#attached.indexOf(database) + 2
  }

  /** Refuses what may not be attached under this name. */
  checkAttach(name: string): void {
    if (this.#attached.length >= limits.current.attach) {
      throw sqlError(`too many attached databases - max ${limits.current.attach}`)
    }
    if (sameName(name, 'temp') || this.find(name) !== null) {
      throw sqlError(`database ${name} is already in use`)
    }
  }

  attach(database: OpenDatabase): void {
    this.#attached = [...this.#attached, database]
    this.#arrange()
  }

  setTemporary(database: OpenDatabase | null): void {
    this.#temporary = database
    this.#arrange()
  }

  /** Takes a database out of the list: it is the caller's to close. */
  detach(name: string): OpenDatabase {
    const database = this.find(name)
    if (database === null) throw sqlError(`no such database: ${name}`)
    if (!this.#attached.includes(database)) throw sqlError(`cannot detach database ${name}`)
    if (database.pager.state !== 'none') throw sqlError(`database ${name} is locked`)
    this.#attached = this.#attached.filter((other) => other !== database)
    this.#arrange()
    return database
  }

  #arrange(): void {
    const temporary = this.#temporary === null ? [] : [this.#temporary]
    this.all = [this.main, ...temporary, ...this.#attached]
    this.inLockOrder = this.all.toSorted((a, b) => (a.lockPlace < b.lockPlace ? -1 : 1))
    this.isSingle = this.all.length === 1
  }

  // ── Encoding ──

  /** Text is stored in some database, or was about to be. */
  get isEncodingFixed(): boolean {
    return this.all.some((database) => database.isEncodingFixed)
  }

  /** PRAGMA encoding, while it is not fixed: all databases have the same. */
  chooseEncoding(encoding: TextEncoding): void {
    for (const database of this.all) database.chooseEncoding(encoding)
  }

  /** What the file says of a database whose schema is about to be read holds for all. */
  agreeOnEncoding(database: OpenDatabase): void {
    const stored = database.pager.storedEncoding
    if (stored === null) return
    if (stored !== database.encoding) {
      const isOpen = (one: OpenDatabase): boolean => one === database || !one.isEncodingFixed
      if (database !== this.main || !this.all.every(isOpen)) throw differentEncoding()
      for (const one of this.all) one.chooseEncoding(stored)
    }
    database.fixEncoding()
  }

  // ── Transactions ──

  /** Begins a database's read transaction, if it has none. */
  read(database: OpenDatabase): void {
    if (database.pager.state !== 'none') return
    database.pager.beginRead()
    if (this.#savepoints.length > 0) this.join(database)
  }

  /**
   * Makes a database's transaction one that writes. `isLone`: of a single statement that writes no other database, so that
   * its commit may follow others that are still being synced.
   */
  write(database: OpenDatabase, isLone = false): void {
    const { pager } = database
    if (pager.state === 'write') return
    const isIdle = pager.state === 'none'
    pager.beginWrite(isLone)
    if (isIdle && this.#savepoints.length > 0) this.join(database)
  }

  /** A database whose transaction has just begun takes part in the savepoints that are open. */
  join(database: OpenDatabase): void {
    for (const { marks } of this.#savepoints) marks.set(database, database.pager.savepoint())
  }

  /** BEGIN IMMEDIATE: every writer's lock, or on failure none. */
  writeAll(): void {
    const before = this.all.map(({ pager }) => pager.state)
    try {
      this.lockAll()
    } catch (error) {
      if (isForeign(error)) throw error
      this.all.forEach(({ pager }, i) => {
        if (pager.state === before[i]) return
        pager.rollback()
        if (before[i] === 'read') pager.beginRead()
      })
      throw error
    }
  }

  /** Makes all transactions ones that write, where they may. */
  lockAll(): void {
    for (const database of this.inLockOrder) {
      if (database.isReadonly) this.read(database)
      else this.write(database)
    }
  }

  /** Ends every transaction and keeps what they did. `readsOn`: iterators are open, and go on with the newest state. */
  commit(readsOn = false): void {
    // Between two files, and after the last, nothing may be cut.
    if (!this.isSingle || readsOn) needRoom()
    for (const { pager } of this.all) {
      if (pager.state === 'write') {
        pager.commit()
        if (readsOn) pager.beginRead()
      } else if (pager.state === 'read' && !readsOn) pager.endRead()
    }
    if (readsOn) this.#forgetSavepoints(true)
    else this.#savepoints.length = 0
  }

  /**
   * Takes back what is not committed, from whatever an error has left behind, and gives every lock back. Also membership may have
   * changed half-way.
   */
  reset(): void {
    this.#savepoints.length = 0
    this.#arrange()
    const failures: unknown[] = []
    for (const database of this.all) {
      try {
        database.pager.reset()
      } catch (error) {
        failures.push(error)
      }
      database.forgetAll()
    }
    if (failures.length > 0) throw failures[0]
  }

  /** Ends every transaction and takes back what they did. `readsOn` as for `commit`. */
  rollback(readsOn = false): void {
    for (const { pager } of this.all) {
      if (pager.state === 'none' || (pager.state === 'read' && readsOn)) continue
      pager.rollback()
      if (readsOn) pager.beginRead()
    }
    this.#forgetSavepoints(readsOn)
    for (const database of this.all) database.changesUndone()
  }

  #forgetSavepoints(readsOn: boolean): void {
    if (readsOn && this.#savepoints.length > 0) {
      for (const [{ pager }, mark] of this.#savepoints[0]!.marks) {
        // The mark went with the transaction that it was of, unless that only read, and reads on.
        if (pager.state === 'read' && pager.savepointDepth > mark) pager.release(mark)
      }
    }
    this.#savepoints.length = 0
  }

  /** The open transaction has changed a schema. */
  get hasChangedSchema(): boolean {
    return this.all.some(
      ({ pager }) => pager.state === 'write' && pager.schemaCookie !== pager.committedSchemaCookie,
    )
  }

  /**
   * Ends the write transactions of a statement, while an iterator reads on, and commits them or takes them back. Who
   * reads goes on with the newest state.
   */
  endWrites(keeps: boolean): void {
    for (const database of this.all) {
      const { pager } = database
      if (pager.state !== 'write') continue
      if (keeps) pager.commit()
      else {
        pager.rollback()
        database.changesUndone()
      }
      pager.beginRead()
    }
  }

  // ── Savepoints ──

  get savepointCount(): number {
    return this.#savepoints.length
  }

  openSavepoint(name: string, { deferred, postponed }: SavedViolations): void {
    const marks = new Map<OpenDatabase, number>()
    for (const database of this.all) {
      const { pager } = database
      if (pager.state !== 'none') marks.set(database, pager.savepoint())
    }
    this.#savepoints.push({ name, marks, violations: { deferred, postponed } })
  }

  /** The place of the youngest savepoint of that name, from 0. */
  findSavepoint(name: string): number {
    for (let i = this.#savepoints.length - 1; i >= 0; i--) {
      if (sameName(this.#savepoints[i]!.name, name)) return i
    }
    throw sqlError(`no such savepoint: ${name}`)
  }

  /** Violations of foreign keys when a savepoint was opened. */
  violationsAt(place: number): SavedViolations {
    return this.#savepoints[place]!.violations
  }

  /** Forgets a savepoint and those opened after it. */
  release(place: number): void {
    for (const [{ pager }, mark] of this.#savepoints[place]!.marks) pager.release(mark)
    this.#savepoints.length = place
  }

  /** Takes back what came after a savepoint, which stays. @returns whether a change of a schema was among it */
  rollbackTo(place: number): boolean {
    let isSchema = false
    for (const [database, mark] of this.#savepoints[place]!.marks) {
      const { pager } = database
      const before = pager.schemaCookie
      pager.rollbackTo(mark)
      if (pager.schemaCookie !== before) isSchema = true
      database.changesUndone()
    }
    this.#savepoints.length = place + 1
    return isSchema
  }
}

/** Closes every database, also when one of them fails. */
export function closeAll(databases: readonly OpenDatabase[]): void {
  const failures: unknown[] = []
  for (const { pager } of databases.toReversed()) {
    try {
      pager.close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
