/**
 * A backup: the pages of one committed state of a database, put in the place of those of another file, some at a time. (SQLite Backup API)
 *
 * A file is read by a connection of the backup's own, whose snapshot stays the same however much is written meanwhile, by whomever: so it never begins
 * anew, as SQLite's does. A database in memory is copied at once. The target takes all pages in one transaction: whoever has it open
 * sees the old state until the end, and so does everybody if the backup fails.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { cannotOpen, readonlyDatabase, sqlError } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import { parseOpenMode } from '../../coordination/index.ts'
import { Pager, takingPages } from '../../storage/index.ts'
import { openPager } from '../open/open.ts'
import type { OpenOptions } from '../open/options.ts'
import type { Connection } from './connection.ts'
import type { OpenDatabase } from './open-database.ts'

export class Backup {
  readonly #source: Pager
  readonly #target: Pager
  readonly #steps: Iterator<number>
  readonly totalPages: number
  remainingPages: number
  #isClosed = false

  /**
   * @param name of the database of `connection` to copy
   * @param rate pages a step
   * @throws SqliteError: there is no such database; the target cannot be opened, or written
   */
  constructor(connection: Connection, name: string, target: string, rate: number) {
    connection.checkOpen()
    const database = connection.databases.find(name)
    if (database === null) throw sqlError(`unknown database ${name}`)
    needRoom()
    this.#target = openTarget(target, connection.options)
    try {
      this.#source = openSource(database, connection.options)
    } catch (error) {
      this.#target.close()
      throw error
    }
    try {
      this.#target.choosePageSize(this.#source.pageSize)
      if (this.#target.pageSize !== this.#source.pageSize) throw readonlyDatabase()
      this.#target.beginWrite()
      this.#target.usableSize = this.#source.usableSize
    } catch (error) {
      this.close()
      throw error
    }
    this.totalPages = this.#source.pageCount
    this.remainingPages = this.totalPages
    this.#steps = takingPages(this.#target, this.#source, rate)
  }

  /** Copies some pages; with the last of them the target is committed. @returns whether it is done */
  step(): boolean {
    const left = this.#steps.next().value as number
    if (left === 0) this.#target.commit()
    this.remainingPages = left
    return left === 0
  }

  /** Ends it. If it is not done, nothing of it stays. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      this.#source.close()
    } finally {
      this.#target.close()
    }
  }
}

/** In a read transaction. */
function openSource(database: OpenDatabase, options: OpenOptions): Pager {
  const pager = database.isMemory
    ? copyOf(database.pager)
    : openPager({
        ...options,
        path: database.file,
        isMemory: false,
        multiprocess: database.pager.isShared,
        readonly: true,
        create: false,
        pageSize: 0,
      })
  try {
    pager.beginRead()
  } catch (error) {
    pager.close()
    throw error
  }
  return pager
}

/** As it is now, what is not committed among it. */
function copyOf(source: Pager): Pager {
  const copy = Pager.openMemory({ pageSize: source.pageSize })
  const isIdle = source.state === 'none'
  if (isIdle) source.beginRead()
  copy.beginWrite()
  copy.usableSize = source.usableSize
  for (const left of takingPages(copy, source, Infinity)) if (left === 0) break
  copy.setSchemaCookie(source.schemaCookie)
  copy.commit()
  if (isIdle) source.endRead()
  return copy
}

function openTarget(name: string, options: OpenOptions): Pager {
  const { path, isMemory, multiprocess, create } = parseOpenMode(name)
  if (isMemory) return Pager.openMemory()
  const isThere = existsSync(path)
  const isPossible = isThere ? !statSync(path).isDirectory() : create && existsSync(dirname(path))
  if (!isPossible) throw cannotOpen()
  return openPager({
    ...options,
    name,
    path,
    isMemory: false,
    multiprocess: multiprocess || options.multiprocess,
    readonly: false,
    create,
    pageSize: 0,
  })
}
