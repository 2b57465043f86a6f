/**
 * The rows of a table, one after the other in their order: what its columns hold, its CHECKs, and the entries of its indexes, as
 * `PRAGMA integrity_check` looks at them. `quick_check` leaves out the indexes.
 */
import { missingValue } from '../../../codegen/index.ts'
import { SearchKey, type Value } from '../../../record/index.ts'
import {
  entryColumns,
  entryTail,
  isVirtual,
  newestFirst,
  primaryIndex,
  storedColumns,
  type Index,
  type Table,
} from '../../../schema/index.ts'
import { printExpression, quoteName } from '../../../sql/index.ts'
import { IndexCursor, TableCursor } from '../../../storage/index.ts'
import type { Slice, Work } from '../../../runtime/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { columnCheck, type ColumnCheck } from './column-check.ts'
import type { Complaints } from './complaints.ts'
import { Computed } from './computed.ts'
import { IndexCheck } from './index-check.ts'
import { classOfValue, StoredRow } from './stored-row.ts'

/** Where a value of the row comes from: a place of its record, an expression, or the rowid. */
type Origin =
  | { readonly kind: 'stored'; readonly place: number }
  | { readonly kind: 'computed'; readonly number: number }
  | { readonly kind: 'rowid' }

interface CheckedColumn {
  readonly origin: Origin
  readonly check: ColumnCheck
}

interface CheckedIndex {
  readonly check: IndexCheck
  readonly entry: readonly Origin[]
  /** The condition of a partial index, among the computed ones. */
  readonly where: number | null
}

export class RowCheck {
  readonly #complaints: Complaints
  readonly #table: Table
  readonly #cursor: TableCursor | IndexCursor
  readonly #row: StoredRow
  /** How many places of the record are looked at. */
  readonly #places: number
  readonly #computed: Computed
  readonly #columns: CheckedColumn[] = []
  /** Among the computed ones: a CHECK fails. */
  readonly #fails: number | null
  readonly #indexes: CheckedIndex[] = []
  readonly #order: KeyOrder | null

  constructor(
    connection: Session,
    database: OpenDatabase,
    table: Table,
    full: boolean,
    complaints: Complaints,
  ) {
    const { pages, encoding } = database
    const primary = primaryIndex(table)
    const places = primary === null ? storedColumns(table) : entryColumns(table, primary)
    this.#complaints = complaints
    this.#table = table
    this.#cursor =
      primary === null ? new TableCursor(pages, table.root) : new IndexCursor(pages, table.root)
    const missing = places.map((column) => missingValue(table.columns[column]!, encoding))
    this.#row = new StoredRow(this.#cursor, encoding, missing)
    const isLastRowid = primary === null && places.at(-1) === table.rowidAlias
    this.#places = isLastRowid ? places.length - 1 : places.length
    this.#computed = new Computed(connection, table, encoding)
    const origins = new Origins(table, places, this.#computed)
    table.columns.forEach((column, i) => {
      const check = i === table.rowidAlias ? null : columnCheck(table, column)
      if (check !== null) this.#columns.push({ origin: origins.of(i), check })
    })
    const { ignoresChecks } = connection.environment.settings
    this.#fails = ignoresChecks ? null : this.#addChecks()
    this.#order = full && primary !== null ? new KeyOrder(database, primary, places) : null
    for (const index of full ? newestFirst(table.indexes) : []) {
      if (index === primary) continue
      const terms = [...index.columns, ...entryTail(table, index)]
      const where = index.where === null ? null : printExpression(index.where)
      this.#indexes.push({
        check: new IndexCheck(database, table, index),
        entry: terms.map(({ column, expression }) =>
          expression === null
            ? origins.of(column, where)
            : origins.computed(printExpression(expression), where),
        ),
        where: where === null ? null : this.#computed.addCondition(where),
      })
    }
  }

  /** SQLite looks at the first CHECK last, and says once for a row that one fails. */
  #addChecks(): number | null {
    const { checks } = this.#table
    if (checks.length === 0) return null
    const [first, ...others] = checks.map(({ expression }) => printExpression(expression))
    const inOrder = [...others.toReversed(), first]
    const branches = inOrder.map((check) => `WHEN NOT (${check}) THEN 1`)
    return this.#computed.addCondition(`CASE ${branches.join(' ')} END`)
  }

  *running(slice: Slice): Work<void> {
    const cursor = this.#cursor
    this.#computed.begin()
    let number = 0
    for (let found = cursor.first(); found; found = cursor.next()) {
      if (slice.isDue()) yield slice
      this.#row.read(this.#places)
      this.#computed.next()
      this.#one(++number)
    }
  }

  close(): void {
    this.#cursor.close()
    this.#computed.close()
    for (const { check } of this.#indexes) check.close()
  }

  #one(number: number): void {
    const complaints = this.#complaints
    const { name } = this.#table
    if (this.#order?.isBroken(this.#cursor as IndexCursor, this.#row) === true) {
      complaints.add(`row not in PRIMARY KEY order for ${name}`)
    }
    for (const { origin, check } of this.#columns) {
      const storedAs =
        origin.kind === 'stored'
          ? this.#row.classAt(origin.place)
          : classOfValue(this.#value(origin))
      const complaint = check(storedAs, () => this.#value(origin))
      if (complaint !== null) complaints.add(complaint)
    }
    if (this.#fails !== null && this.#computed.isTrue(this.#fails)) {
      complaints.add(`CHECK constraint failed in ${name}`)
    }
    for (const { check, entry, where } of this.#indexes) {
      if (where !== null && !this.#computed.isTrue(where)) continue
      const complaint = check.row(
        number,
        entry.map((origin) => this.#value(origin)),
      )
      if (complaint !== null) complaints.add(complaint)
    }
  }

  #value(origin: Origin): Value {
    switch (origin.kind) {
      case 'stored':
        return this.#row.valueAt(origin.place)
      case 'computed':
        return this.#computed.value(origin.number)
      case 'rowid':
        return (this.#cursor as TableCursor).rowid
      default:
        return origin satisfies never
    }
  }
}

/** Finds where the columns of a table are; each expression is computed once. */
class Origins {
  readonly #table: Table
  readonly #places: readonly number[]
  readonly #computed: Computed
  readonly #known = new Map<string, number>()

  constructor(table: Table, places: readonly number[], computed: Computed) {
    this.#table = table
    this.#places = places
    this.#computed = computed
  }

  /**
   * @param column -1: the rowid
   * @param where the condition of the partial index that asks: of other rows a virtual column may fail
   */
  of(column: number, where: string | null = null): Origin {
    if (column === -1) return { kind: 'rowid' }
    const definition = this.#table.columns[column]!
    if (isVirtual(definition)) return this.computed(quoteName(definition.name), where)
    return { kind: 'stored', place: this.#places.indexOf(column) }
  }

  computed(expression: string, where: string | null): Origin {
    const sql = where === null ? expression : `CASE WHEN ${where} THEN ${expression} END`
    let number = this.#known.get(sql)
    if (number === undefined) {
      number = this.#computed.add(sql)
      this.#known.set(sql, number)
    }
    return { kind: 'computed', number }
  }
}

/** Whether the rows of a WITHOUT ROWID table ascend. */
class KeyOrder {
  readonly #key: SearchKey
  /** Where the record has the columns of the key. */
  readonly #places: readonly number[]
  /** The key of the row before; null: there is none, or its first column is NULL. */
  #previous: readonly Value[] | null = null

  constructor({ encoding, collations }: OpenDatabase, primary: Index, places: readonly number[]) {
    this.#key = new SearchKey(primary.columns, encoding, collations)
    this.#places = primary.columns.map(({ column }) => places.indexOf(column))
  }

  isBroken(cursor: IndexCursor, row: StoredRow): boolean {
    let isBroken = false
    if (this.#previous !== null) {
      this.#key.set(this.#previous)
      cursor.loadPayload()
      isBroken = this.#key.compare(cursor.data, cursor.payloadOffset, cursor.payloadSize) <= 0
    }
    const values = this.#places.map((place) => row.valueAt(place))
    this.#previous = values[0] === null ? null : values
    return isBroken
  }
}
