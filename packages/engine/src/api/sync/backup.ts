/**
 * `db.backup(filename)`: a copy of a database that is in use, some pages at a time, with the event loop's turns between them. (SQLite Backup API)
 *
 * What is written to the database meanwhile is in the copy too, whoever writes it. The copy takes its name when it is whole: until then
 * what had that name is there as it was, or is an empty file.
 */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { readonlyDatabase, sqlError, SqliteError } from '../../base/error.ts'
import { NodeFile, overwrite, PagedCopy, type Pager } from '../../storage/index.ts'
import type { Connection } from '../connection/connection.ts'
import type { OpenDatabase } from '../connection/open-database.ts'
import { openPager } from '../open/open.ts'
import type { OpenOptions } from '../open/options.ts'
import type { DatabaseCore } from './core.ts'
import type { BackupMetadata } from './face.ts'
import { attachedName, databaseNamed, reading } from './serialize.ts'

/** Pages of one step, after the first, which copies none and tells how many there are. */
const usualRate = 100

type Progress = (progress: BackupMetadata) => unknown

export async function backUp(
  coreOf: () => DatabaseCore,
  given: unknown,
  givenOptions: unknown,
): Promise<BackupMetadata> {
  const options = givenOptions ?? {}
  if (typeof given !== 'string') throw new TypeError('Expected first argument to be a string')
  if (typeof options !== 'object') {
    throw new TypeError('Expected second argument to be an options object')
  }
  const filename = given.trim()
  const handler: unknown = 'progress' in options ? options.progress : null
  if (filename === '') throw new TypeError('Backup filename cannot be an empty string')
  if (filename === ':memory:') throw new TypeError('Invalid backup filename ":memory:"')
  const attached = attachedName(options)
  if (handler !== undefined && handler !== null && typeof handler !== 'function') {
    throw new TypeError('Expected the "progress" option to be a function')
  }
  try {
    await fs.promises.access(dirname(filename))
  } catch {
    throw new TypeError('Cannot save backup because the directory does not exist')
  }
  const { connection, request } = coreOf()
  const backup = new Backup(connection, attached, filename, request)
  return run(backup, (handler ?? null) as Progress | null)
}

function run(backup: Backup, handler: Progress | null): Promise<BackupMetadata> {
  let rate = 0
  let isFirst = true
  return new Promise((resolve, reject) => {
    const step = (): void => {
      try {
        const progress = backup.transfer(rate)
        if (progress.remainingPages === 0) {
          backup.finish()
          resolve(progress)
          return
        }
        if (isFirst) rate = usualRate
        isFirst = false
        if (handler !== null) rate = rateOf(handler(progress), rate)
        setImmediate(step)
      } catch (error) {
        backup.giveUp()
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the application's own function has thrown is thrown on as it is
        reject(error)
      }
    }
    setImmediate(step)
  })
}

/** What the application answers: pages of the next step. */
function rateOf(answer: unknown, rate: number): number {
  if (answer === undefined) return rate
  if (typeof answer === 'number' && !Number.isNaN(answer)) {
    return Math.max(0, Math.min(0x7fffffff, Math.round(answer)))
  }
  throw new TypeError('Expected progress callback to return a number or undefined')
}

/** One copy in the making. */
class Backup {
  readonly #connection: Connection
  readonly #source: OpenDatabase
  readonly #target: Target
  readonly #copy: PagedCopy

  constructor(connection: Connection, attached: string, filename: string, options: OpenOptions) {
    connection.checkOpen()
    this.#connection = connection
    this.#source = databaseNamed(connection, attached)
    if (isSameFile(this.#source.pager.path, filename)) {
      throw sqlError('source and destination must be distinct')
    }
    this.#target = new Target(filename, options)
    this.#copy = new PagedCopy(this.#source.pager, this.#target.file)
  }

  transfer(pages: number): BackupMetadata {
    const connection = this.#connection
    connection.checkOpen()
    if (!connection.databases.all.includes(this.#source)) {
      throw sqlError(`unknown database ${this.#source.name}`)
    }
    const copy = this.#copy
    // What a transaction has changed is copied when it is committed.
    if (this.#source.pager.state !== 'write') {
      reading(connection, this.#source, () => copy.step(pages))
    } else if (copy.totalPages === 0) copy.totalPages = this.#source.pager.pageCount
    const { totalPages, remainingPages } = copy
    return { totalPages, remainingPages }
  }

  finish(): void {
    this.#copy.end()
    this.#target.finish()
  }

  giveUp(): void {
    this.#copy.end()
    this.#target.giveUp()
  }
}

function isSameFile(path: string, filename: string): boolean {
  if (path === '') return false
  const [source, target] = [path, filename].map((name) =>
    fs.statSync(name, { throwIfNoEntry: false, bigint: true }),
  )
  return target !== undefined && source?.dev === target.dev && source.ino === target.ino
}

/**
 * Where the copy goes. It is made beside the file that is to hold it. That is open for this process alone meanwhile, so that nobody begins to use
 * it, and the copy takes its place in the end. Where others have it open, the pages of the copy take the places of its own, in one
 * transaction.
 */
class Target {
  readonly #path: string
  readonly #isNew: boolean
  readonly #holder: Pager
  readonly file: NodeFile

  /** @throws SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_BUSY */
  constructor(filename: string, options: OpenOptions) {
    this.#isNew = !fs.existsSync(filename)
    if (!this.#isNew && fs.statSync(filename).isDirectory()) throw cannotSave()
    this.#holder = openTarget(filename, options)
    try {
      if (this.#holder.isReadonly) throw readonlyDatabase()
      this.#path = fs.realpathSync(filename)
      this.file = NodeFile.open(`${this.#path}-backup`, 'w+')
    } catch (error) {
      this.#holder.close()
      throw error
    }
  }

  finish(): void {
    const holder = this.#holder
    try {
      if (holder.isAlone && !holder.isShared) this.#replace()
      else overwrite(holder, this.file)
    } finally {
      fs.rmSync(`${this.#path}-backup`, { force: true })
      holder.close()
    }
  }

  #replace(): void {
    const copy = `${this.#path}-backup`
    fs.chmodSync(copy, fs.statSync(this.#path).mode)
    // Its log must not be found beside another database.
    this.#holder.checkpoint('truncate')
    this.file.close()
    fs.renameSync(copy, this.#path)
    syncFolder(dirname(this.#path))
  }

  giveUp(): void {
    try {
      this.file.close()
      fs.rmSync(`${this.#path}-backup`, { force: true })
      if (this.#isNew) fs.rmSync(this.#path, { force: true })
    } finally {
      this.#holder.close()
    }
  }
}

/** For this process alone, or else in the way in which others have it open. */
function openTarget(filename: string, options: OpenOptions): Pager {
  const asked: OpenOptions = {
    ...options,
    name: filename,
    path: filename,
    isMemory: false,
    image: null,
    multiprocess: false,
    readonly: false,
    create: true,
    pageSize: 0,
  }
  try {
    return openPager(asked)
  } catch (error) {
    const isOpen = error instanceof SqliteError && error.code === 'SQLITE_BUSY'
    if (!isOpen) throw error
    return openPager({ ...asked, multiprocess: true })
  }
}

function cannotSave(): SqliteError {
  return new SqliteError('unable to open database file', 'SQLITE_CANTOPEN')
}

/** The name is on the disk with the file. Not all systems sync folders. */
function syncFolder(folder: string): void {
  let descriptor: number
  try {
    descriptor = fs.openSync(folder, 'r')
  } catch {
    return
  }
  try {
    fs.fsyncSync(descriptor)
  } catch {
    // As above.
  } finally {
    fs.closeSync(descriptor)
  }
}
