/** INSERT and REPLACE: which value goes to which column. (INSERT) */
import { corruptSequence } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import type { Insert } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { BoundInsert, BoundViewChange } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { assigned } from './assignments.ts'
import { hasTriggers } from '../fires.ts'
import type { Binder } from './binder.ts'
import { insertKeys, KeyMistakes } from './key-checks.ts'
import { checkNoRaise } from './prohibited.ts'
import { tableTriggers, type Change } from './firing.ts'
import { bindRows, checkCount, placesOf } from './insert-rows.ts'
import { bindReturning } from './returning.ts'
import { isTransfer } from './transfer.ts'
import { readsTable } from '../reads-table.ts'
import { withFrameOf } from './table-reference.ts'
import { bindUpserts } from './upsert.ts'
import { bindViewInsert } from './view-change.ts'
import { withVictims } from './victims.ts'
import { defaultOf, findTarget, writeTarget } from './write-target.ts'

const change: Change = { event: 'INSERT', columns: [] }

export function bindInsert(b: Binder, insert: Insert): BoundInsert | BoundViewChange {
  if (insert.with !== null) b.withFrame = withFrameOf(insert.with.tables, b.withFrame)
  const table = findTarget(b, insert.table, change)
  if (table.kind === 'view') return bindViewInsert(b, insert, table)
  const first = b.programs.asked.length
  const triggers = tableTriggers(b, table, change, insert.orAction)
  const written = writeTarget(b, table, b.newSource())
  for (const { condition } of written.checks) checkNoRaise(condition)
  checkSequence(b, table)
  const places = placesOf(insert, assigned(table))
  const rows = bindRows(b, insert)
  const isWhole =
    rows.columnCount === table.columns.length && isTransfer(b, insert, table, hasTriggers(triggers))
  if (insert.source !== null && !isWhole) checkCount(insert, places.length, rows.columnCount)

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
      const from = isWhole ? (place === -1 ? table.rowidAlias : place) : i
      // Of several values for the rowid the last counts, of several for a column the first.
      if (place === -1) rowid = inputColumn(from, 'rowid')
      else if (!given.has(place)) given.set(place, from)
    })
  }
  const values = table.columns.map((column, place): BoundExpression => {
    if (place === table.rowidAlias) return { kind: 'literal', value: null }
    const from = given.get(place)
    return from === undefined ? defaultOf(b, table, column) : inputColumn(from, column.name)
  })
  const mistakes = new KeyMistakes()
  const { upserts, excluded } = bindUpserts(b, insert, written, rowid !== null, mistakes)
  const { orAction } = insert
  const isOne = isSingle(rows.plan)
  const givesRowid = rowid !== null
  const target = withVictims(b, written, { orAction, upserts, update: null, givesRowid }, mistakes)
  const isOneRow = isOne && insert.returning.length === 0
  const keys = insertKeys(b, target, { triggers, isOneRow, upserts }, mistakes)
  const returning = bindReturning(b, insert.returning, table, target.newRow)
  mistakes.check()
  // UPDATE and DELETE ask what all of theirs read before anything else; here what UPSERT and REPLACE start comes first. (`sqlite3TriggerColmask`)
  b.programs.postpone(first, [...triggers.early, ...triggers.after])
  return {
    kind: 'insert',
    target,
    orAction,
    input: rows.plan,
    inputSource: rows.source,
    materialize:
      readsTable(rows.plan, table) ||
      ((returning !== null || hasTriggers(triggers) || target.victimKeys !== null) && !isOne),
    values,
    rowid,
    returning,
    triggers,
    keys,
    programs: [],
    upserts,
    excluded,
  }
}

/** AUTOINCREMENT counts in a table of two columns with rowids. (`autoIncBegin`) */
function checkSequence(b: Binder, { autoincrement, database }: Table): void {
  if (!autoincrement) return
  const sequence = schemaNamed(b.catalog, database)?.tables.get('sqlite_sequence')
  if (sequence === undefined || sequence.withoutRowid || sequence.columns.length !== 2) {
    throw corruptSequence()
  }
}

/** One row that is written out. Others are all there before the first is stored, where rows are returned. (`useTempTable`) */
function isSingle(plan: PlanNode): boolean {
  if (plan.kind === 'project') return plan.input.kind === 'single-row' && plan.columns.length === 0
  return plan.kind === 'values' && plan.rows.length === 1
}
