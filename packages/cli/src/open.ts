/**
 * Databases opened as they can be: one that is open for several processes is joined, one that is open nowhere is opened for several
 * processes, so that others can join, where the file system allows it.
 */
import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs'
import { Database, SqliteError, status } from '../../engine/src/index.ts'

/** What is to be opened, and how. */
export interface OpenRequest {
  /** A file, `:memory:`, or nothing: in memory. */
  readonly path: string
  readonly readonly: boolean
  /** Asked for by name; null: as the file is. */
  readonly multiprocess: boolean | null
  /** A link to a file is refused. */
  readonly noFollow: boolean
  /** The database is these bytes, in memory. */
  readonly bytes: Buffer | null
}

/** @throws SqliteError */
export function openDatabase(request: OpenRequest): Database {
  let database: Database
  try {
    database = openInSomeMode(request)
  } catch (error) {
    // A folder that is not there is better-sqlite3's mistake of the caller, and SQLite's answer.
    if (!(error instanceof TypeError)) throw error
    throw new SqliteError('unable to open database file', 'SQLITE_CANTOPEN', { cause: error })
  }
  // As in SQLite's shell.
  database.pragma('foreign_keys = OFF')
  return database
}

function openInSomeMode({ path, readonly, multiprocess, noFollow, bytes }: OpenRequest): Database {
  const options = { readonly, enableDoubleQuotedStringLiterals: true }
  if (bytes !== null) return new Database(bytes, options)
  if (noFollow && isLink(path))
    throw new SqliteError('unable to open database file', 'SQLITE_CANTOPEN')
  const open = (isShared: boolean): Database =>
    new Database(path, { ...options, experimental: isShared ? ['multiprocess_wal'] : [] })
  if (isInMemory(path)) return new Database(path, options)
  if (multiprocess !== null) return open(multiprocess)
  if (!mayBeShared(path)) return open(false)
  try {
    return open(true)
  } catch (error) {
    // The file system, or the file itself (a link, a second name), allows one process only.
    if (error instanceof SqliteError && error.code === 'SQLITE_MISUSE') return open(false)
    throw error
  }
}

function isInMemory(path: string): boolean {
  return path === '' || path === ':memory:' || path.startsWith('file:')
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

/** Whether a file is open for several processes, or may be opened so. One that is not there may. */
function mayBeShared(path: string): boolean {
  if (!existsSync(path)) return true
  try {
    const { mode, multiprocessSupport } = status(path)
    if (mode === 'multi-process') return true
    return mode === 'closed' && multiprocessSupport.supported
  } catch {
    // Whoever opens it will be told what it is.
    return false
  }
}

/** Deletes a database and what lies beside it. */
export function deleteDatabase(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm', '-tshm', '-tproc']) {
    rmSync(path + suffix, { force: true })
  }
}

/**
 * A database out of the text that `dbtotxt` makes of one.
 * @throws Error that says which line is wrong, counted from `firstLine`
 */
export function readHexDatabase(lines: readonly string[], firstLine: number): Buffer {
  const head = /^\| size +(-?\d+) +pagesize +(-?\d+)/.exec(lines[0] ?? '')
  const size = Number(head?.[1] ?? -1)
  const pageSize = Number(head?.[2] ?? 0)
  const isPageSize = pageSize >= 512 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0
  if (size < 0 || !isPageSize) throw new Error(`Error on line ${firstLine} of --hexdb input`)
  const bytes = Buffer.alloc(Math.ceil(size / pageSize) * pageSize)
  let offset = 0
  for (const line of lines.slice(1)) {
    const page = /^\| page +(\d+) +offset +(\d+)/.exec(line)
    if (page !== null) offset = Number(page[2])
    if (line.startsWith('| end ')) break
    const data = /^\| +(\d+):((?: +[0-9a-fA-F]{1,2}){16})/.exec(line)
    if (data === null) continue
    const start = offset + Number(data[1])
    if (start + 16 > bytes.length) continue
    bytes.set(
      data[2]!
        .trim()
        .split(/ +/)
        .map((byte) => Number.parseInt(byte, 16)),
      start,
    )
  }
  return bytes
}

/** The lines of a file. @throws Error as the system does */
export function linesOfFile(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n')
}
