/** `.dump`: a database as the SQL that makes it. */
import { SqliteError, resultCodes } from '../../engine/src/index.ts'
import { nameIfPlain } from './format/names.ts'
import { quotedName, sqlText } from './format/quote.ts'
import { untilNul } from './format/text.ts'
import { schemaLine } from './schema-text.ts'
import type { Progress } from './progress.ts'
import type { Shell } from './shell.ts'

export interface DumpOptions {
  /** LIKE patterns of names; none: everything. */
  readonly patterns: readonly string[]
  readonly preservesRowids: boolean
  readonly newlines: boolean
  readonly dataOnly: boolean
  readonly hidesSystem: boolean
}

interface StoredTable {
  readonly name: string
  readonly sql: string
}

/** Writes the statements for the main database. */
export async function dump(shell: Shell, options: DumpOptions, progress: Progress): Promise<void> {
  const { format, settings } = shell
  const before = { ...format }
  const { echo } = settings
  format.headers = false
  format.newlines = options.newlines
  settings.echo = false
  try {
    await new Dump(shell, options, progress).run()
  } finally {
    format.headers = before.headers
    format.newlines = before.newlines
    settings.echo = echo
  }
}

class Dump {
  readonly #shell: Shell
  readonly #options: DumpOptions
  readonly #progress: Progress
  #errors = 0
  #writesSchema = false

  constructor(shell: Shell, options: DumpOptions, progress: Progress) {
    this.#shell = shell
    this.#options = options
    this.#progress = progress
  }

  async run(): Promise<void> {
    const shell = this.#shell
    const { dataOnly } = this.#options
    if (!dataOnly) {
      shell.print('PRAGMA foreign_keys=OFF;')
      shell.print('BEGIN TRANSACTION;')
    }
    try {
      await this.#dumpInside()
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#tell(error)
    }
    if (!dataOnly) shell.print(this.#errors > 0 ? 'ROLLBACK; -- due to errors' : 'COMMIT;')
  }

  async #dumpInside(): Promise<void> {
    const { database } = this.#shell
    // One state of the database for all of it, and of a damaged schema as much as can be read.
    tryTo(() => database.exec('SAVEPOINT dump; PRAGMA writable_schema=ON'))
    try {
      await this.#dumpAll()
    } finally {
      tryTo(() => database.exec('PRAGMA writable_schema=OFF'))
      tryTo(() => database.exec('RELEASE dump'))
      this.#progress.end()
    }
  }

  #tell(error: SqliteError): void {
    this.#shell.print(`/**** ERROR: (${codeOf(error)}) ${error.message} *****/`)
    if (!isCorrupt(error)) this.#errors++
  }

  async #dumpAll(): Promise<void> {
    const shell = this.#shell
    const { database } = shell
    const condition = this.#condition()
    const parameters = this.#options.patterns.map((pattern, i) => [String(i + 1), pattern])
    const bound = parameters.length === 0 ? [] : [Object.fromEntries(parameters)]
    let tables: StoredTable[] = []
    try {
      tables = database
        .prepare<unknown[], StoredTable>(
          `SELECT name, sql FROM sqlite_schema AS o WHERE (${condition}) AND type=='table' AND sql NOT NULL
           ORDER BY tbl_name='sqlite_sequence', rowid`,
        )
        .all(...bound)
    } catch (error) {
      this.#damaged(error)
    }
    this.#progress.begin('dump', this.#rowCount(tables), 'rows')
    for (const table of tables) {
      // oxlint-disable-next-line no-await-in-loop -- one table after the other
      await this.#dumpTable(table)
    }
    if (!this.#options.dataOnly) this.#dumpOthers(condition, bound)
    if (this.#writesSchema) shell.print('PRAGMA writable_schema=OFF;')
  }

  /** Rows to come, where somebody looks. */
  #rowCount(tables: readonly StoredTable[]): number {
    if (!this.#progress.isShown) return 0
    let count = 0
    for (const { name, sql } of tables) {
      if (/^CREATE VIRTUAL/i.test(sql)) continue
      tryTo(() => {
        count += this.#shell.database
          .prepare<[], number>(`SELECT count(*) FROM main.${quotedName(name)}`)
          .pluck()
          .get()!
      })
    }
    return count
  }

  /** Names by their patterns, with the tables that belong to virtual tables of such names. */
  #condition(): string {
    const { patterns } = this.#options
    if (patterns.length === 0) return 'true'
    return patterns
      .map(
        (_, i) =>
          `name LIKE ?${i + 1} ESCAPE '\\' OR EXISTS (SELECT 1 FROM sqlite_schema WHERE name LIKE ?${i + 1} ESCAPE '\\'
           AND sql LIKE 'CREATE VIRTUAL TABLE%' AND substr(o.name, 1, length(name)+1) == (name||'_'))`,
      )
      .join(' OR ')
  }

  async #dumpTable({ name, sql }: StoredTable): Promise<void> {
    const shell = this.#shell
    const { dataOnly, hidesSystem } = this.#options
    if (name === 'sqlite_sequence' && !hidesSystem) {
      if (!dataOnly) shell.print('DELETE FROM sqlite_sequence;')
    } else if (/^sqlite_stat.$/.test(name) && !hidesSystem) {
      if (!dataOnly) shell.print('ANALYZE sqlite_schema;')
    } else if (name.startsWith('sqlite_')) {
      return
    } else if (dataOnly) {
      // Nothing of the table but its rows.
    } else if (sql.startsWith('CREATE VIRTUAL TABLE')) {
      if (!this.#writesSchema) shell.print('PRAGMA writable_schema=ON;')
      this.#writesSchema = true
      shell.print(
        'INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)' +
          `VALUES('table',${sqlText(name)},${sqlText(name)},0,${sqlText(sql)});`,
      )
      return
    } else {
      shell.write(schemaLine(untilNul(sql), ';\n'))
    }
    await this.#dumpRows(name)
  }

  async #dumpRows(table: string): Promise<void> {
    const shell = this.#shell
    let columns: ReturnType<Dump['columnsOf']>
    try {
      columns = this.columnsOf(table)
    } catch {
      columns = null
    }
    if (columns === null) {
      this.#errors++
      return
    }
    const { names, rowid } = columns
    const shown = names.map(nameIfPlain)
    const into = rowid === null ? '' : `(${[rowid, ...shown].join(',')})`
    const select = `SELECT ${rowid === null ? '' : `${rowid},`}${shown.join(',')} FROM main.${nameIfPlain(table)}`
    shell.format.table = nameIfPlain(table) + into
    try {
      await this.#showRows(select)
    } catch (error) {
      this.#errors++
      if (!isCorrupt(error)) return
      shell.print('/****** CORRUPTION ERROR *******/')
      try {
        await this.#showRows(`${select} ORDER BY ${rowid ?? 'rowid'} DESC`)
      } catch {
        // What could be read from its end is written.
      }
    }
  }

  async #showRows(select: string): Promise<void> {
    const shell = this.#shell
    const statement = shell.prepare(select)
    const writer = shell.rowWriter(
      statement.columns().map(({ name }) => name),
      'insert',
    )
    const rows = shell.runner.rows(statement, [])
    const each = (row: readonly unknown[]): void => {
      writer.row(row)
      this.#progress.step()
    }
    if (Symbol.iterator in rows) for (const row of rows) each(row)
    else for await (const row of rows) each(row)
  }

  /** The columns of a table that are stored, and how its rowid is called where that is to be kept. */
  columnsOf(table: string): { names: string[]; rowid: string | null } | null {
    const { database } = this.#shell
    const found = database
      .prepare<[], { name: string; type: string; pk: number }>(
        `PRAGMA main.table_info(${quotedName(table)})`,
      )
      .all()
    if (found.length === 0) return null
    const names = found.map(({ name }) => name)
    const keys = found.filter(({ pk }) => pk > 0)
    let keeps = this.#options.preservesRowids
    const isInteger = keys.length === 1 && keys[0]!.type.toUpperCase() === 'INTEGER'
    if (keeps && isInteger) {
      // Such a key is the rowid itself unless an index serves it.
      keeps =
        database
          .prepare<[string], number>("SELECT 1 FROM pragma_index_list(?) WHERE origin='pk'")
          .pluck()
          .get(table) === 1
    }
    const lower = new Set(names.map((name) => name.toLowerCase()))
    const rowid = ['rowid', '_rowid_', 'oid'].find((name) => !lower.has(name))
    if (!keeps || rowid === undefined || !this.#hasRowid(table, rowid))
      return { names, rowid: null }
    return { names, rowid }
  }

  #hasRowid(table: string, rowid: string): boolean {
    try {
      this.#shell.database.prepare(`SELECT ${rowid} FROM main.${quotedName(table)}`)
      return true
    } catch {
      return false
    }
  }

  #dumpOthers(condition: string, bound: readonly unknown[]): void {
    const shell = this.#shell
    try {
      const texts = shell.database
        .prepare<unknown[], string>(
          `SELECT sql FROM sqlite_schema AS o WHERE (${condition}) AND sql NOT NULL
           AND type IN ('index','trigger','view')`,
        )
        .pluck()
        .iterate(...bound)
      // A comment at the end must not hold the semicolon.
      for (const sql of texts) shell.write(`${sql}${sql.includes('--') ? '\n' : ''};\n`)
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#tell(error)
    }
  }

  #damaged(error: unknown): void {
    if (!isCorrupt(error)) throw error
    this.#shell.print('/****** CORRUPTION ERROR *******/')
    this.#shell.print(`/****** ${(error as Error).message} ******/`)
    this.#errors++
  }
}

function tryTo(action: () => void): void {
  try {
    action()
  } catch {
    return
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof SqliteError && error.code.startsWith('SQLITE_CORRUPT')
}

function codeOf(error: unknown): number {
  return error instanceof SqliteError ? resultCodes[error.code] & 0xff : 1
}
