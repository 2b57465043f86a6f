/** Commands that move data: dumps, imports, copies of databases, parameters of statements. */
import { existsSync, readFileSync } from 'node:fs'
import { Database, SqliteError } from '../../../engine/src/index.ts'
import { cloneInto, restoreFrom } from '../copy.ts'
import { dump as dumpDatabase } from '../dump.ts'
import { quotedName, sqlText } from '../format/quote.ts'
import { byteLength, untilNul } from '../format/text.ts'
import { valueText } from '../format/value.ts'
import { importFile } from '../import.ts'
import { deleteDatabase, linesOfFile, readHexDatabase, type OpenRequest } from '../open.ts'
import { progressOf } from '../progress-of.ts'
import type { Shell } from '../shell.ts'
import { fail, messageOf, type Answer, type Call, type Command } from './command.ts'
import { helpFor } from './help.ts'
import { integerOf, isOption, withOneDash } from './words.ts'

export const dump: Command = { name: 'dump', least: 1, run: runDump }

async function runDump({ shell, args }: Call): Promise<'failed' | undefined> {
  const options = {
    patterns: [] as string[],
    preservesRowids: false,
    newlines: false,
    dataOnly: false,
    hidesSystem: false,
  }
  for (const word of args) {
    if (isOption(word, 'preserve-rowids')) options.preservesRowids = true
    else if (isOption(word, 'newlines')) options.newlines = true
    else if (isOption(word, 'data-only')) options.dataOnly = true
    else if (isOption(word, 'nosys')) options.hidesSystem = true
    else if (word.startsWith('-')) return fail(shell, `Unknown option "${word}" on ".dump"`)
    else options.patterns.push(word)
  }
  await dumpDatabase(shell, options, await progressOf(shell))
  return undefined
}

export const importCommand: Command = { name: 'import', least: 1, run: runImport }

async function runImport({ shell, args }: Call): Promise<'failed' | undefined> {
  const { format } = shell
  let file: string | null = null
  let table: string | null = null
  let schema: string | null = null
  let skip = 0
  let verbosity = 0
  let isAscii = format.mode === 'ascii'
  let separators: [string, string] | null = null
  const usage = (problem: string): 'failed' => {
    shell.print(`ERROR: ${problem}`)
    shell.write(helpFor('import').text)
    return 'failed'
  }
  for (let i = 0; i < args.length; i++) {
    const word = withOneDash(args[i]!)
    const next = args[i + 1]
    if (!word.startsWith('-')) {
      if (file === null) file = word
      else if (table === null) table = word
      else return usage(`extra argument: "${word}".  Usage:`)
    } else if (word === '-v') verbosity++
    else if (word === '-schema' && next !== undefined) {
      schema = next
      i++
    } else if (word === '-skip' && next !== undefined) {
      skip = integerOf(next)
      i++
    } else if (word === '-ascii') {
      separators = ['\x1f', '\x1e']
      isAscii = true
    } else if (word === '-csv') {
      separators = [',', '\n']
      isAscii = false
    } else return usage(`unknown option: "${word}".  Usage:`)
  }
  if (file === null || table === null) {
    return usage(`missing ${file === null ? 'FILE' : 'TABLE'} argument. Usage:`)
  }
  // Opened before anything else can fail.
  void shell.database
  const usesMode = separators === null
  if (separators === null) {
    const problem = separatorProblem(shell)
    if (problem !== null) return fail(shell, `Error: ${problem} for import`)
    separators = [format.columnSeparator, format.rowSeparator]
  }
  const isDone = await importFile(
    shell,
    {
      file,
      table,
      schema,
      skip,
      verbosity,
      columnSeparator: separators[0],
      rowSeparator: separators[1],
      isAscii,
      endsAtEmpty: format.mode === 'ascii',
      usesMode,
    },
    await progressOf(shell),
  )
  return isDone ? undefined : 'failed'
}

/** Why the separators that are set are none for a file. */
function separatorProblem({ format }: Shell): string | null {
  const columnSize = byteLength(format.columnSeparator)
  if (columnSize === 0) return 'non-null column separator required'
  if (columnSize > 1) return 'multi-character column separators not allowed'
  if (format.rowSeparator === '') return 'non-null row separator required'
  if (format.mode === 'csv' && format.rowSeparator === '\r\n') format.rowSeparator = '\n'
  if (byteLength(format.rowSeparator) > 1) return 'multi-character row separators not allowed'
  return null
}

export const parameter: Command = { name: 'parameter', least: 3, run: runParameter }

function runParameter({ shell, args }: Call): Answer {
  const [what, key, value] = args
  const { database } = shell
  if (what === 'clear' && args.length === 1) {
    // A table of that name is not to be dropped.
    if (shell.storedParameters().size > 0) database.exec('DELETE FROM temp.sqlite_parameters')
    return undefined
  }
  if (what === 'list' && args.length === 1) {
    listParameters(shell)
    return undefined
  }
  if (what === 'init' && args.length === 1) {
    makeParameterTable(database)
    return undefined
  }
  if (what === 'set' && args.length === 3) return setParameter(shell, key!, value!)
  if (what === 'unset' && args.length === 2) {
    if (shell.storedParameters().has(key!)) {
      database.prepare('DELETE FROM temp.sqlite_parameters WHERE key = ?').run(key)
    }
    return undefined
  }
  shell.write(helpFor('parameter').text)
  return undefined
}

function makeParameterTable(database: Database): void {
  const before = database.pragma('writable_schema', { simple: true })
  database.pragma('writable_schema = ON')
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS temp.sqlite_parameters(\n  key TEXT PRIMARY KEY,\n  value\n) WITHOUT ROWID',
    )
  } finally {
    database.pragma(`writable_schema = ${before === 1 ? 'ON' : 'OFF'}`)
  }
}

/** A value is an SQL expression; what is none is a text. */
function setParameter(shell: Shell, key: string, value: string): 'failed' | undefined {
  const { database } = shell
  makeParameterTable(database)
  const put = (expression: string): void =>
    void shell
      .prepare(
        `REPLACE INTO temp.sqlite_parameters(key,value)VALUES(${sqlText(key)},${expression});`,
      )
      .run()
  try {
    put(value)
    return undefined
  } catch {
    put(sqlText(value))
    return undefined
  }
}

function listParameters(shell: Shell): void {
  const stored = [...shell.storedParameters().keys()]
  const longest = Math.min(40, Math.max(0, ...stored.map((key) => [...key].length)))
  if (longest === 0) return
  const rows = shell.database
    .prepare<[], [string, string]>('SELECT key, quote(value) FROM temp.sqlite_parameters')
    .raw()
    .all()
  for (const [key, value] of rows) {
    const space = ' '.repeat(Math.max(0, longest - byteLength(key)))
    shell.print(`${untilNul(key)}${space} ${valueText(value) ?? ''}`)
  }
}

export const backup: Command = { name: 'backup', least: 3, run: runBackup }
export const save: Command = { name: 'save', least: 3, run: runBackup }

async function runBackup({ shell, args }: Call): Promise<'failed' | undefined> {
  let file: string | null = null
  let schema: string | null = null
  for (const word of args) {
    if (word.startsWith('-')) {
      const option = withOneDash(word)
      if (option === '-async') continue
      if (option === '-append') {
        return fail(
          shell,
          'Error: --append needs a VFS of SQLite: databases are not appended to other files here',
        )
      }
      return fail(shell, `unknown option: ${word}`)
    }
    if (file === null) file = word
    else if (schema === null) [schema, file] = [file, word]
    else return fail(shell, 'Usage: .backup ?DB? ?OPTIONS? FILENAME')
  }
  if (file === null) return fail(shell, 'missing FILENAME argument on .backup')
  const progress = await progressOf(shell)
  try {
    progress.begin('backup', 0, 'pages')
    await shell.database.backup(file, {
      attached: schema ?? 'main',
      progress: ({ totalPages, remainingPages }) => {
        progress.reach(totalPages - remainingPages, totalPages)
        return Math.max(100, Math.ceil(totalPages / 200))
      },
    })
  } catch (error) {
    const cannotOpen =
      error instanceof TypeError ||
      (error instanceof SqliteError && error.code === 'SQLITE_CANTOPEN')
    return fail(shell, `Error: ${cannotOpen ? `cannot open "${file}"` : messageOf(error)}`)
  } finally {
    progress.end()
  }
  return undefined
}

export const restore: Command = { name: 'restore', least: 3, run: runRestore }

function runRestore({ shell, args }: Call): Answer {
  const [first, second] = args
  if (args.length !== 1 && args.length !== 2) return fail(shell, 'Usage: .restore ?DB? FILE')
  const file = second ?? first!
  const schema = second === undefined ? 'main' : first!
  let source: Database
  try {
    source = new Database(file, { readonly: existsSync(file), experimental: [] })
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'SQLITE_NOTADB') {
      return fail(shell, `Error: ${error.message}`)
    }
    return fail(shell, `Error: cannot open "${file}"`)
  }
  try {
    restoreFrom(source, shell.database, schema)
    return undefined
  } catch (error) {
    return fail(shell, `Error: ${messageOf(error)}`)
  } finally {
    source.close()
  }
}

export const clone: Command = { name: 'clone', least: 2, run: runClone }

function runClone({ shell, args: [file, ...others] }: Call): Answer {
  if (file === undefined || others.length > 0) return fail(shell, 'Usage: .clone FILENAME')
  if (existsSync(file)) {
    shell.complain(`File "${file}" already exists.`)
    return undefined
  }
  let target: Database
  try {
    target = new Database(file, { experimental: [] })
  } catch (error) {
    shell.complain(`Cannot create output database: ${messageOf(error)}`)
    return undefined
  }
  try {
    cloneInto(shell, target)
  } finally {
    target.close()
  }
  return undefined
}

export const open: Command = { name: 'open', least: 2, run: runOpen }

function runOpen({ shell, args }: Call): Answer {
  let file: string | null = null
  let isNew = false
  let kind: 'deserialize' | 'hexdb' | null = null
  const request: { -readonly [Key in keyof OpenRequest]?: OpenRequest[Key] } = {}
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (isOption(word, 'new')) isNew = true
    else if (isOption(word, 'readonly')) request.readonly = true
    else if (isOption(word, 'nofollow')) request.noFollow = true
    else if (isOption(word, 'deserialize')) kind = 'deserialize'
    else if (isOption(word, 'hexdb')) kind = 'hexdb'
    else if (isOption(word, 'maxsize') && i + 1 < args.length) {
      return fail(shell, 'Error: --maxsize is not supported: a database in memory grows as it must')
    } else if (isOption(word, 'append')) {
      return fail(
        shell,
        'Error: --append needs a VFS of SQLite: databases at the end of other files are not opened',
      )
    } else if (isOption(word, 'zip')) {
      return fail(
        shell,
        'Error: --zip is not supported: use ".archive --file FILE" to look into a ZIP archive',
      )
    } else if (word.startsWith('-')) return fail(shell, `unknown option: ${word}`)
    else if (file !== null) return fail(shell, `extra argument: "${word}"`)
    else file = word
  }
  const { connections } = shell
  if (kind === 'hexdb' && file === null) {
    return fail(shell, 'Error: --hexdb needs the name of a file')
  }
  if (file === null) {
    connections.replace(null)
    return undefined
  }
  if (shell.isSafe && file !== ':memory:') {
    shell.leaveSafely('cannot open disk-based database files in safe mode')
  }
  try {
    if (kind === 'deserialize') request.bytes = readFileSync(file)
    if (kind === 'hexdb') request.bytes = readHexDatabase(linesOfFile(file), 1)
  } catch (error) {
    const isSystem = (error as NodeJS.ErrnoException).code !== undefined
    return fail(shell, isSystem ? `cannot open "${file}" for reading` : messageOf(error))
  }
  connections.replace({ ...request, path: file })
  if (isNew) deleteDatabase(file)
  try {
    connections.database()
    return undefined
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'SQLITE_NOTADB') return undefined
    shell.complain(`Error: unable to open database "${file}": ${messageOf(error)}`)
    connections.replace({ path: ':memory:' })
    return undefined
  }
}

export const sha3sum: Command = { name: 'sha3sum', least: 4, run: runSha3sum }

async function runSha3sum({ shell, name, args }: Call): Promise<'failed' | undefined> {
  let size = 224
  let withSchema = false
  let pattern: string | null = null
  for (const word of args) {
    const option = /^--?(.*)$/s.exec(word)?.[1]
    const bits = /^sha3-(224|256|384|512)$/.exec(option ?? '')?.[1]
    if (option === 'schema') withSchema = true
    else if (bits !== undefined) size = Number(bits)
    else if (option !== undefined) {
      shell.complain(`Unknown option "${word}" on "${name}"`)
      shell.write(helpFor('sha3sum').text)
      return 'failed'
    } else if (pattern !== null) {
      return fail(shell, 'Usage: .sha3sum ?OPTIONS? ?LIKE-PATTERN?')
    } else pattern = word
  }
  const { contentHash } = await import('../sha3.ts')
  const { database } = shell
  const like = database.prepare<[string, string], number>("SELECT ? LIKE ? ESCAPE '\\'").pluck()
  if (pattern !== null && like.get(pattern, 'sqlite\\_%') === 1) withSchema = true
  const condition = withSchema ? '' : " AND name NOT LIKE 'sqlite_%'"
  const union = withSchema ? " UNION ALL SELECT 'sqlite_schema'" : ''
  const names = database
    .prepare<[], string>(
      `SELECT lower(name) FROM sqlite_schema WHERE type='table' AND coalesce(rootpage,0)>1${condition}${union}
       ORDER BY 1 COLLATE nocase`,
    )
    .pluck()
    .all()
  const queries: [string, string][] = names
    .filter((table) => pattern === null || isLike(database, table, pattern))
    .map((table) => [table, contentQuery(table)])
  if (queries.length === 0) return undefined
  const isSeparate = pattern !== null
  const writer = shell.rowWriter(isSeparate ? ['hash', 'label'] : ['hash'])
  const hash = (sql: string): string => contentHash(database, sql, size).toString('hex')
  if (isSeparate) for (const [table, sql] of queries) writer.row([hash(sql), table])
  else writer.row([hash(queries.map(([, sql]) => sql).join(''))])
  writer.end()
  return undefined
}

function isLike(database: Database, text: string, pattern: string): boolean {
  return (
    database.prepare<[string, string], number>('SELECT ? LIKE ?').pluck().get(text, pattern) === 1
  )
}

/** What of a table is hashed. */
function contentQuery(table: string): string {
  switch (table) {
    case 'sqlite_schema':
      return 'SELECT type,name,tbl_name,sql FROM sqlite_schema ORDER BY name;'
    case 'sqlite_sequence':
      return 'SELECT name,seq FROM sqlite_sequence ORDER BY name;'
    case 'sqlite_stat1':
      return 'SELECT tbl,idx,stat FROM sqlite_stat1 ORDER BY tbl,idx;'
    case 'sqlite_stat4':
      return 'SELECT * FROM sqlite_stat4 ORDER BY tbl, idx, rowid;\n'
    default:
      return table.startsWith('sqlite_') ? '' : `SELECT * FROM ${quotedName(table)} NOT INDEXED;`
  }
}
