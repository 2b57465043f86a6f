/**
 * Changes of single rows. Each is a transaction of its own, which begins with the writer's lock: the row is read again, and if it is not what the page has shown
 * nothing is changed. So two people who edit one row never write over each other, whichever process the other one sits at.
 */
import type { LocalConnection } from '../../../engine/src/index.ts'
import type { EditAnswer, EditRequest, RowPlace, ValueAnswer, ValueRequest } from '../protocol.ts'
import type { KnownTable } from './catalog.ts'
import { badRequest, conflict, notFound } from './failures.ts'
import { quoted, tableName } from './names.ts'
import { allRows, type NamedRow } from './read.ts'
import { readRow, whereKey } from './rows.ts'
import { fromWire, printOf, printOfValue, toWire, type SqlValue } from './values.ts'

/** Edits wait for their locks, but are not cancelled in the middle. */
const toTheEnd = new AbortController().signal

export class Edits {
  readonly #connection: LocalConnection
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: LocalConnection) {
    this.#connection = connection
  }

  /** One edit after the other. @throws SqliteError, Refusal; then nothing has changed */
  edit(table: KnownTable, request: EditRequest): Promise<EditAnswer> {
    const done = this.#last.then(() => this.#inTransaction(() => this.#apply(table, request)))
    this.#last = done.catch(() => {})
    return done
  }

  async #inTransaction<Result>(work: () => Promise<Result>): Promise<Result> {
    const connection = this.#connection
    await connection.execute('BEGIN IMMEDIATE')
    try {
      const result = await work()
      await connection.execute('COMMIT')
      return result
    } catch (error) {
      if (!connection.isAutocommit()) await connection.execute('ROLLBACK')
      throw error
    }
  }

  #apply(table: KnownTable, request: EditRequest): Promise<EditAnswer> {
    switch (request.action) {
      case 'update':
        return this.#update(table, request)
      case 'insert':
        return this.#insert(table, request.values)
      case 'delete':
        return this.#delete(table, request.rows)
      default:
        request satisfies never
        throw badRequest('no such edit')
    }
  }

  async #update(
    table: KnownTable,
    request: Extract<EditRequest, { action: 'update' }>,
  ): Promise<EditAnswer> {
    if (!table.can.update) throw badRequest(table.fixed ?? 'Rows of it cannot be changed.')
    const column = table.columns.find(({ name }) => name === request.column)
    if (column === undefined) throw badRequest(`no such column: ${request.column}`)
    if (column.fixed !== null) throw badRequest(column.fixed)
    const key = await this.#check(table, request.row)
    if (request.valuePrint !== null) {
      const now = await this.#value(table, column.name, key)
      if (printOfValue(now) !== request.valuePrint) throw changedMeanwhile()
    }
    const assign = `UPDATE ${tableName(table.name)} SET ${quoted(column.name)} = ? WHERE ${whereKey(table, '')}`
    const value = fromWire(request.value)
    return this.#changed(table, `${assign}${returningKey(table)}`, [value, ...key])
  }

  async #insert(table: KnownTable, values: Readonly<Record<string, unknown>>): Promise<EditAnswer> {
    if (!table.can.insert) throw badRequest(table.fixed ?? 'Rows cannot be added to it.')
    const given = Object.entries(values)
    for (const [name] of given) {
      const column = table.columns.find((column) => column.name === name)
      if (column === undefined) throw badRequest(`no such column: ${name}`)
      if (column.fixed !== null) throw badRequest(column.fixed)
    }
    const names = given.map(([name]) => quoted(name)).join(', ')
    const marks = given.map(() => '?').join(', ')
    const what = given.length === 0 ? 'DEFAULT VALUES' : `(${names}) VALUES (${marks})`
    const sql = `INSERT INTO ${tableName(table.name)} ${what}${returningKey(table)}`
    return this.#changed(
      table,
      sql,
      given.map(([, value]) => fromWire(value)),
    )
  }

  async #delete(table: KnownTable, rows: readonly RowPlace[]): Promise<EditAnswer> {
    if (!table.can.delete) throw badRequest(table.fixed ?? 'Rows of it cannot be deleted.')
    const sql = `DELETE FROM ${tableName(table.name)} WHERE ${whereKey(table, '')}`
    for (const row of rows) {
      const key = await this.#check(table, row)
      await this.#connection.execute(sql, key)
    }
    return { row: null, changes: rows.length }
  }

  /** Runs the change of one row, and reads that again: its triggers, too, have changed it then. */
  async #changed(table: KnownTable, sql: string, values: readonly SqlValue[]): Promise<EditAnswer> {
    const connection = this.#connection
    if (table.keyNames.length === 0) {
      await connection.execute(sql, values)
      return { row: null, changes: 1 }
    }
    const [changed] = await allRows(connection, sql, values, toTheEnd)
    if (changed === undefined) return { row: null, changes: 0 }
    const key = table.keyNames.map((_, i) => changed[`k${i}`]!)
    return { row: await readRow(connection, table, key, toTheEnd), changes: 1 }
  }

  /** The key of a row that is still what the page has shown. */
  async #check(table: KnownTable, { key, print }: RowPlace): Promise<SqlValue[]> {
    const values = key.map((value) => fromWire(value))
    const names = table.keyNames.length > 0 ? table.keyNames : table.columns
    if (values.length !== names.length) throw badRequest('no such row')
    if (table.keyNames.length > 0) {
      const row = await readRow(this.#connection, table, values, toTheEnd)
      if (row === null)
        throw conflict('The row is gone: somebody has deleted it, or changed its key.')
      if (row.print !== print) throw changedMeanwhile()
      return values
    }
    // A row of a view is what it shows; where others show the same, nobody can say which is meant.
    if (printOf(key) !== print) throw badRequest('no such row')
    const sql = `SELECT count(*) AS n FROM ${tableName(table.name)} AS t WHERE ${whereKey(table)}`
    const [found] = await allRows(this.#connection, sql, values, toTheEnd)
    if (found!['n'] === 0n) throw changedMeanwhile()
    if (found!['n'] !== 1n) throw conflict('Several rows of the view are like this one.')
    return values
  }

  async #value(table: KnownTable, column: string, key: readonly SqlValue[]): Promise<SqlValue> {
    return readValue(this.#connection, table, column, key, toTheEnd)
  }
}

function changedMeanwhile(): Error {
  return conflict('Somebody has changed the row since it was read.')
}

function returningKey({ keyNames }: KnownTable): string {
  if (keyNames.length === 0) return ''
  return ` RETURNING ${keyNames.map((name, i) => `${quoted(name)} AS k${i}`).join(', ')}`
}

async function readValue(
  connection: LocalConnection,
  table: KnownTable,
  column: string,
  key: readonly SqlValue[],
  signal: AbortSignal,
): Promise<SqlValue> {
  const sql = `SELECT t.${quoted(column)} AS v FROM ${tableName(table.name)} AS t WHERE ${whereKey(table)}`
  const [row]: (NamedRow | undefined)[] = await allRows(connection, sql, key, signal)
  if (row === undefined) throw notFound('The row is gone.')
  return row['v']!
}

/** One value, whole. */
export async function wholeValue(
  connection: LocalConnection,
  table: KnownTable,
  { column, key }: ValueRequest,
  signal: AbortSignal,
): Promise<ValueAnswer> {
  if (table.keyNames.length === 0) throw badRequest('Its rows have no key.')
  if (!table.columns.some(({ name }) => name === column)) {
    throw badRequest(`no such column: ${column}`)
  }
  const values = key.map((value) => fromWire(value))
  const value = await readValue(connection, table, column, values, signal)
  return { value: toWire(value), print: printOfValue(value) }
}
