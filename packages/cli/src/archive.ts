/** `.archive`: files kept in a table `sqlar` of a database, compressed where that is shorter, and files out of ZIP archives. (SQLite Archive Files) */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateSync, inflateSync } from 'node:zlib'
import { Database, SqliteError } from '../../engine/src/index.ts'
import { readArchiveArguments, type ArchiveRequest } from './archive-arguments.ts'
import { fail, messageOf, type Answer, type Call } from './dot/command.ts'
import { helpFor } from './dot/help.ts'
import { sqlText } from './format/quote.ts'
import { modeText } from './functions.ts'
import type { Shell } from './shell.ts'
import { readZip, type ArchiveEntry } from './zip.ts'

export function runArchive({ shell, name, args }: Call): Answer {
  if (args.length === 0) {
    shell.complain(`Wrong number of arguments.  Usage:\n${helpFor('archive').text.trimEnd()}`)
    return 'failed'
  }
  let request: ArchiveRequest
  try {
    request = readArchiveArguments(args)
  } catch (error) {
    const more = name === '-A' ? 'Use "-A" for more help' : 'Use ".archive --help" for more help'
    return fail(shell, `Error: ${messageOf(error)}\n${more}`)
  }
  if (request.action === 'help') {
    shell.write(helpFor('archive').text)
    return undefined
  }
  try {
    return run(shell, request)
  } catch (error) {
    if (error instanceof MissingFile) {
      shell.print(`ERROR: cannot stat file: ${error.message}`)
      return 'failed'
    }
    return fail(shell, error instanceof SqliteError ? `Error: ${error.message}` : messageOf(error))
  }
}

function run(shell: Shell, request: ArchiveRequest): Answer {
  const { file, action } = request
  if (file !== null && isZip(file)) return runZip(shell, request, file)
  const isWriting = action === 'create' || action === 'insert' || action === 'update'
  let database: Database
  if (file === null) ({ database } = shell)
  else {
    try {
      database = new Database(file, { fileMustExist: !isWriting, experimental: [] })
    } catch (error) {
      const reason = error instanceof SqliteError ? error.message : 'unable to open database file'
      return fail(shell, `cannot open file: ${file} (${reason})`)
    }
  }
  try {
    if (isWriting) return store(shell, database, request)
    if (!hasArchive(database)) return fail(shell, "database does not contain an 'sqlar' table")
    if (request.dryRun) {
      shell.print(
        action === 'remove'
          ? `DELETE FROM sqlar WHERE ${conditionOf(request)};`
          : `SELECT name FROM sqlar WHERE ${conditionOf(request)}`,
      )
      return undefined
    }
    const missing = checkNames(shell, database, request)
    if (missing) return 'failed'
    if (action === 'remove') {
      database.exec(`DELETE FROM sqlar WHERE ${conditionOf(request)}`)
      return undefined
    }
    return show(shell, request, entriesOf(database, request))
  } finally {
    if (file !== null) database.close()
  }
}

function isZip(file: string): boolean {
  if (!existsSync(file)) return file.toLowerCase().endsWith('.zip')
  const start = readFileSync(file).subarray(0, 2).toString('latin1')
  return start === 'PK'
}

function runZip(shell: Shell, request: ArchiveRequest, file: string): Answer {
  const { action, names, glob } = request
  if (action !== 'list' && action !== 'extract') {
    return fail(
      shell,
      `Error: "${file}": ZIP archives are read, not written; without ".zip" the archive is a database`,
    )
  }
  const all = readZip(readFileSync(file))
  const chosen = all.filter(
    ({ name }) => names.length === 0 || names.some((wanted) => isMeant(name, wanted, glob)),
  )
  return show(shell, request, chosen)
}

function isMeant(name: string, wanted: string, isGlob: boolean): boolean {
  if (!isGlob) return name === wanted || name.startsWith(`${wanted.replace(/\/$/, '')}/`)
  const pattern = wanted
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`, 's').test(name)
}

function hasArchive(database: Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlar'").get() !== undefined
}

/** Which files are meant: those that are named, and what lies in named folders. */
function conditionOf({ names, glob }: ArchiveRequest): string {
  if (names.length === 0) return '1'
  return names
    .map((given) => {
      const name = given.replace(/\/+$/, '')
      if (glob) return ` name GLOB ${sqlText(name)}`
      return ` name = ${sqlText(name)} OR substr(name,1,${[...name].length + 1}) = ${sqlText(`${name}/`)}`
    })
    .join(' OR ')
}

/** Each name must be in the archive. @returns whether one is not */
function checkNames(shell: Shell, database: Database, request: ArchiveRequest): boolean {
  const missing = request.names.filter((name) => {
    const condition = conditionOf({ ...request, names: [name] })
    return database.prepare(`SELECT 1 FROM sqlar WHERE ${condition}`).get() === undefined
  })
  for (const name of missing) shell.complain(`not found in archive: ${name}`)
  return missing.length > 0
}

interface StoredFile {
  readonly name: string
  readonly mode: number
  readonly mtime: number
  readonly sz: number
  readonly data: Buffer | null
}

function entriesOf(database: Database, request: ArchiveRequest): ArchiveEntry[] {
  const isSorted = request.action === 'list' && !request.verbose
  return database
    .prepare<[], StoredFile>(
      `SELECT name, mode, mtime, sz, data FROM sqlar WHERE ${conditionOf(request)}${isSorted ? ' ORDER BY name' : ''}`,
    )
    .all()
    .map(({ name, mode, mtime, sz, data }) => ({
      name,
      mode,
      mtime,
      size: sz,
      content: () => (data === null || sz < 0 || data.length === sz ? data : inflateSync(data)),
    }))
}

function show(shell: Shell, request: ArchiveRequest, entries: readonly ArchiveEntry[]): Answer {
  if (request.action === 'list') {
    for (const { name, mode, mtime, size } of entries) {
      const time = new Date(mtime * 1000).toISOString().slice(0, 19).replace('T', ' ')
      const details = `${modeText(mode)}  ${String(size).padStart(9)}  ${time}  `
      shell.print(request.verbose ? details + name : name)
    }
    return undefined
  }
  if (request.dryRun) {
    for (const { name } of entries)
      shell.print(`writefile(${sqlText(join(request.directory ?? '', name))})`)
    return undefined
  }
  extract(shell, request, entries)
  return undefined
}

const linkKind = 0o120000
const kindMask = 0o170000

function extract(shell: Shell, request: ArchiveRequest, entries: readonly ArchiveEntry[]): void {
  const folder = request.directory ?? ''
  // What would leave the folder is not written.
  const safe = entries.filter(
    ({ name }) => !/(?:^|\/)\.\.(?:\/|$)/.test(name) && (!name.startsWith('/') || folder !== ''),
  )
  for (const { name, mode, mtime, content } of safe) {
    const path = join(folder, name)
    if (request.verbose) shell.print(path)
    const data = content()
    mkdirSync(data === null ? path : dirname(path), { recursive: true })
    if ((mode & kindMask) === linkKind) {
      if (!existsSync(path)) symlinkSync(String(data), path)
      continue
    }
    if (data !== null) writeFileSync(path, data)
    chmodSync(path, mode & 0o777)
    utimesSync(path, mtime, mtime)
  }
}

const createTable = `CREATE TABLE IF NOT EXISTS sqlar(
  name TEXT PRIMARY KEY,  -- name of the file
  mode INT,               -- access permissions
  mtime INT,              -- last modification time
  sz INT,                 -- original file size
  data BLOB               -- compressed content
)`

function store(shell: Shell, database: Database, request: ArchiveRequest): Answer {
  const { action, names, directory, dryRun, verbose } = request
  const start = action === 'create' ? ['DROP TABLE IF EXISTS sqlar', createTable] : [createTable]
  if (dryRun) {
    for (const sql of start) shell.print(sql)
    for (const name of names) shell.print(`REPLACE INTO sqlar VALUES(${sqlText(name)}, …)`)
    return undefined
  }
  const folder = directory ?? ''
  const files = names.flatMap((name) => filesUnder(folder, name))
  database.transaction(() => {
    for (const sql of start) database.exec(sql)
    const known = database.prepare<[string], StoredFile>('SELECT * FROM sqlar WHERE name = ?')
    const put = database.prepare<unknown[]>('REPLACE INTO sqlar VALUES (?, ?, ?, ?, ?)')
    for (const { name, stats } of files) {
      const path = join(folder, name)
      const mtime = Math.floor(stats.mtimeMs / 1000)
      if (action === 'update') {
        const before = known.get(name)
        if (before !== undefined && before.mtime === mtime && before.mode === stats.mode) continue
      }
      if (verbose) shell.print(name)
      const { size, data } = contentOf(path, stats)
      put.run(name, BigInt(stats.mode), BigInt(mtime), BigInt(size), data)
    }
  })()
  return undefined
}

/** A file that is to be kept is not there. */
class MissingFile extends Error {}

/** A file, or a folder with all that is in it. @throws MissingFile */
function filesUnder(folder: string, name: string): { name: string; stats: Stats }[] {
  let stats: Stats
  try {
    stats = lstatSync(join(folder, name))
  } catch {
    throw new MissingFile(name)
  }
  const inside = stats.isDirectory()
    ? readdirSync(join(folder, name)).flatMap((entry) =>
        filesUnder(folder, `${name.replace(/\/+$/, '')}/${entry}`),
      )
    : []
  return [{ name, stats }, ...inside]
}

/** What is kept of a file: its bytes, shorter ones where they can be made so; of a link, where it leads. */
function contentOf(path: string, stats: Stats): { size: number; data: Buffer | string | null } {
  if (stats.isDirectory()) return { size: 0, data: null }
  if (stats.isSymbolicLink()) return { size: -1, data: readlinkSync(path) }
  const bytes = readFileSync(path)
  const compressed = deflateSync(bytes)
  return { size: bytes.length, data: compressed.length < bytes.length ? compressed : bytes }
}
