/** Databases copied object by object and row by row: into a new file (`.clone`), or into an open database (`.restore`). */
import type { Database } from '../../engine/src/index.ts'
import { quotedName } from './format/quote.ts'
import type { Shell } from './shell.ts'

interface StoredObject {
  readonly type: string
  readonly name: string
  readonly sql: string
}

/** Copies the main database into an empty one, as far as it can be read, and tells how far it has come. */
export function cloneInto(shell: Shell, target: Database): void {
  const source = shell.database
  target.pragma('foreign_keys = OFF')
  target.exec('BEGIN EXCLUSIVE')
  for (const condition of ["type='table'", "type!='table'"]) {
    const objects = source
      .prepare<[], StoredObject>(`SELECT type, name, sql FROM sqlite_schema WHERE ${condition}`)
      .all()
    for (const { type, name, sql } of objects) {
      if (sql === null) continue
      shell.standardOutput.write(`${name}... `)
      try {
        target.exec(sql)
      } catch (error) {
        shell.complain(`Error: ${(error as Error).message}\nSQL: [${sql}]`)
      }
      if (type === 'table') {
        try {
          copyRows(source, target, 'main', name, (message) => shell.complain(message))
        } catch (error) {
          shell.complain(
            `Error 1: ${(error as Error).message} on [SELECT * FROM ${quotedName(name)}]`,
          )
        }
      }
      shell.standardOutput.write('done\n')
    }
  }
  target.exec('COMMIT')
}

/** Copies the rows of one table. A row that is in the way stays. */
function copyRows(
  source: Database,
  target: Database,
  schema: string,
  table: string,
  complain: ((message: string) => void) | null,
): void {
  const columns = storedColumns(source, table)
  if (columns.length === 0) return
  const rowid = rowidName(source, table)
  const names = [...(rowid === null ? [] : [rowid]), ...columns.map(quotedName)].join(',')
  const count = columns.length + (rowid === null ? 0 : 1)
  const insert = target.prepare<unknown[]>(
    `INSERT OR IGNORE INTO ${quotedName(schema)}.${quotedName(table)}(${names}) VALUES(?${',?'.repeat(count - 1)})`,
  )
  const rows = source
    .prepare<[], unknown[]>(`SELECT ${names} FROM ${quotedName(table)}`)
    .raw()
    .safeIntegers()
  for (const row of rows.iterate()) {
    try {
      insert.run(...row)
    } catch (error) {
      if (complain === null) throw error
      complain(`Error 1: ${(error as Error).message}`)
    }
  }
}

/** Columns that are not generated. */
function storedColumns(database: Database, table: string): string[] {
  return database
    .prepare<[], { name: string; hidden: number }>(`PRAGMA main.table_xinfo(${quotedName(table)})`)
    .all()
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => name)
}

/** How the rowid of a table is called, where it is no column; null: there is none, or it cannot be named. */
function rowidName(database: Database, table: string): string | null {
  const columns = new Set(storedColumns(database, table).map((name) => name.toLowerCase()))
  const name = ['rowid', '_rowid_', 'oid'].find((candidate) => !columns.has(candidate))
  if (name === undefined) return null
  try {
    database.prepare(`SELECT ${name} FROM main.${quotedName(table)}`)
    return name
  } catch {
    return null
  }
}

/** What of a database is no object. */
const values = ['user_version', 'application_id']

/**
 * Puts the content of `source` in the place of all that a database holds, in one transaction.
 * @throws SqliteError; then nothing has changed
 */
export function restoreFrom(source: Database, target: Database, schema: string): void {
  const place = quotedName(schema)
  const keys = target.pragma('foreign_keys', { simple: true })
  target.pragma('foreign_keys = OFF')
  const run = target.transaction(() => {
    dropAll(target, place)
    const objects = source
      .prepare<[], StoredObject>(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type='table' DESC, rowid",
      )
      .all()
    for (const { type, name, sql } of objects) {
      target.exec(inSchema(sql, place))
      if (type === 'table' && !/^CREATE VIRTUAL/i.test(sql)) {
        copyRows(source, target, schema, name, null)
      }
    }
    copySequence(source, target, place)
    for (const value of values) {
      const stored = source.pragma(value, { simple: true }) as number
      target.pragma(`${place}.${value} = ${stored}`)
    }
  })
  try {
    run.immediate()
  } finally {
    target.pragma(`foreign_keys = ${keys === 1 ? 'ON' : 'OFF'}`)
  }
}

function dropAll(target: Database, place: string): void {
  const objects = target
    .prepare<[], StoredObject>(
      `SELECT type, name, sql FROM ${place}.sqlite_schema WHERE type IN ('view', 'trigger', 'table')
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type='table', type='view'`,
    )
    .all()
  for (const { type, name } of objects) {
    target.exec(`DROP ${type} IF EXISTS ${place}.${quotedName(name)}`)
  }
}

/** A CREATE statement with the name of a database in it. */
function inSchema(sql: string, place: string): string {
  const head = /^CREATE (?:TABLE|INDEX|UNIQUE INDEX|VIEW|TRIGGER|VIRTUAL TABLE) /.exec(sql)?.[0]
  return head === undefined ? sql : `${head}${place}.${sql.slice(head.length)}`
}

function copySequence(source: Database, target: Database, place: string): void {
  const hasSequence = (database: Database, schema: string): boolean =>
    database
      .prepare(`SELECT 1 FROM ${schema}.sqlite_schema WHERE name = 'sqlite_sequence'`)
      .get() !== undefined
  if (!hasSequence(source, 'main') || !hasSequence(target, place)) return
  target.exec(`DELETE FROM ${place}.sqlite_sequence`)
  const insert = target.prepare<unknown[]>(
    `INSERT INTO ${place}.sqlite_sequence(name, seq) VALUES (?, ?)`,
  )
  const rows = source
    .prepare<[], unknown[]>('SELECT name, seq FROM sqlite_sequence')
    .raw()
    .safeIntegers()
  for (const row of rows.iterate()) insert.run(...row)
}
