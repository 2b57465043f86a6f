/**
 * Expressions over the rows of a table in their order, as the schema has them: CHECKs, conditions and keys of indexes, virtual columns. A query
 * computes them, and is asked for a row whenever the check comes to the next one.
 */
import { maxColumns } from '../../../base/limits.ts'
import { SqliteError } from '../../../base/error.ts'
import { decodeText, integerValue, type TextEncoding, type Value } from '../../../record/index.ts'
import type { Table } from '../../../schema/index.ts'
import { quoteName } from '../../../sql/index.ts'
import type { Session } from '../../connection/session.ts'

export class Computed {
  readonly #connection: Session
  readonly #table: Table
  readonly #encoding: TextEncoding
  /** One or two result columns each. */
  readonly #terms: string[][] = []
  readonly #places: number[] = []
  #queries: IterableIterator<unknown>[] = []
  #row: unknown[] = []

  constructor(connection: Session, table: Table, encoding: TextEncoding) {
    this.#connection = connection
    this.#table = table
    this.#encoding = encoding
  }

  /** @returns its number, for `value` */
  add(expression: string): number {
    // What is shown of a text may not be all its bytes, so these are asked for, and whether it is one.
    const isText = `typeof(${expression}) = 'text'`
    return this.#add([`iif(${isText}, CAST(${expression} AS BLOB), ${expression})`, isText])
  }

  /** @returns its number, for `isTrue` */
  addCondition(expression: string): number {
    // As a condition it is looked at as far as it decides.
    return this.#add([`CASE WHEN ${expression} THEN 1 END`])
  }

  #add(terms: string[]): number {
    const last = this.#terms.at(-1)
    this.#places.push(last === undefined ? 0 : this.#places.at(-1)! + last.length)
    this.#terms.push(terms)
    return this.#terms.length - 1
  }

  begin(): void {
    const { database, name } = this.#table
    const from = `FROM ${quoteName(database)}.${quoteName(name)} NOT INDEXED`
    const columns = this.#terms.flat()
    for (let at = 0; at < columns.length; at += maxColumns) {
      const sql = `SELECT ${columns.slice(at, at + maxColumns).join(', ')} ${from}`
      this.#queries.push(this.#connection.prepareOwn(sql).rows([], 'raw', 'bigint'))
    }
  }

  next(): void {
    this.#row = this.#queries.flatMap((query) => query.next().value as unknown[])
  }

  close(): void {
    for (const query of this.#queries) query.return?.()
    this.#queries = []
  }

  isTrue(number: number): boolean {
    return this.#row[this.#places[number]!] === 1n
  }

  value(number: number): Value {
    const place = this.#places[number]!
    const value = this.#row[place]
    if (this.#row[place + 1] === 1n && value instanceof Uint8Array) {
      return decodeText(value, 0, value.length, this.#encoding)
    }
    if (typeof value === 'bigint') return integerValue(value)
    if (value === null || typeof value === 'string' || typeof value === 'number') return value
    if (value instanceof Uint8Array) return value
    throw new SqliteError('unexpected value', 'SQLITE_INTERNAL')
  }
}
