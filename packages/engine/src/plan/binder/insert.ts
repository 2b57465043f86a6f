/** INSERT and REPLACE: which value goes to which column. (INSERT) */
import { sqlError } from '../../base/error.ts'
import { foldName, isRowidName, type Table } from '../../schema/index.ts'
import type { Insert } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { BoundInsert } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { shapeOf } from '../scope.ts'
import type { Binder } from './binder.ts'
import { checkNoRaise } from './prohibited.ts'
import { bindReturning } from './returning.ts'
import { readsTable } from '../reads-table.ts'
import { withFrameOf } from './table-reference.ts'
import { bindUpserts } from './upsert.ts'
import { defaultOf, findTarget, writeTarget } from './write-target.ts'

export function bindInsert(b: Binder, insert: Insert): BoundInsert {
  if (insert.with !== null) b.withFrame = withFrameOf(insert.with.tables, b.withFrame)
  const table = findTarget(b, insert.table, 'INSERT')
  const target = writeTarget(b, table, b.newSource())
  for (const { condition } of target.checks) checkNoRaise(condition)
  const rows = bindRows(b, insert)
  const places = placesOf(insert, table)
  if (insert.source !== null) checkCount(insert, table, rows.columnCount, places.length)

  const inputColumn = (column: number, name: string): BoundExpression => ({
    kind: 'column',
    source: rows.source,
    column,
    name,
    affinity: 'blob',
    collation: 'BINARY',
  })
  const isEmpty = insert.source === null
  let rowid: BoundExpression | null = null
  const given = new Map<number, number>()
  if (!isEmpty) {
    places.forEach((place, i) => {
      // Of several values for the rowid the last counts, of several for a column the first.
      if (place === -1) rowid = inputColumn(i, 'rowid')
      else if (!given.has(place)) given.set(place, i)
    })
  }
  const values = table.columns.map((column, place): BoundExpression => {
    if (place === table.rowidAlias) return { kind: 'literal', value: null }
    const from = given.get(place)
    return from === undefined ? defaultOf(b, table, column) : inputColumn(from, column.name)
  })
  const upserts = bindUpserts(b, insert, target)
  const returning = bindReturning(b, insert.returning, table, target.newRow)
  return {
    kind: 'insert',
    target,
    orAction: insert.orAction,
    input: rows.plan,
    inputSource: rows.source,
    materialize: readsTable(rows.plan, table) || (returning !== null && !isOneRow(rows.plan)),
    values,
    rowid,
    returning,
    ...upserts,
  }
}

/** One row that is written out. Others are all there before the first is stored, where rows are returned. (`useTempTable`) */
function isOneRow(plan: PlanNode): boolean {
  if (plan.kind === 'project') return plan.input.kind === 'single-row' && plan.columns.length === 0
  return plan.kind === 'values' && plan.rows.length === 1
}

interface InsertRows {
  readonly plan: PlanNode
  readonly source: number
  readonly columnCount: number
}

function bindRows(b: Binder, insert: Insert): InsertRows {
  if (insert.source === null) {
    const source = b.newSource()
    const plan: PlanNode = {
      kind: 'project',
      source,
      input: { kind: 'single-row' },
      columns: [],
    }
    return { plan, source, columnCount: 0 }
  }
  const { plan, source, columns } = b.select(b, insert.source, null)
  return { plan, source, columnCount: columns.length }
}

/** For each value in order the column that it is for; -1: the rowid. */
function placesOf(insert: Insert, table: Table): readonly number[] {
  const { rowidAlias } = table
  if (insert.columns === null) {
    return table.columns.map((_, place) => (place === rowidAlias ? -1 : place))
  }
  const { places } = shapeOf(table)
  return insert.columns.map((name) => {
    const folded = foldName(name)
    const place = places.get(folded)
    if (place !== undefined) return place === rowidAlias ? -1 : place
    if (!table.withoutRowid && isRowidName(folded)) return -1
    throw sqlError(`table ${table.name} has no column named ${name}`)
  })
}

function checkCount(insert: Insert, table: Table, given: number, expected: number): void {
  if (given === expected) return
  if (insert.columns !== null) throw sqlError(`${given} values for ${expected} columns`)
  const prefix = insert.table.schema === null ? '' : `${insert.table.schema}.`
  throw sqlError(
    `table ${prefix}${table.name} has ${expected} columns but ${given} values were supplied`,
  )
}
