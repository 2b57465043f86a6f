/** Rows of VALUES that are in one piece: see `ConstantRows` of the syntax tree. */
import { realValue, type Value } from '../record/index.ts'
import type { ManyRows } from '../sql/index.ts'
import type { BoundExpression } from './expression.ts'
import { firesAny } from './fires.ts'
import type { BoundInsert, BoundStatement, IndexTarget } from './statement.ts'
import { isConstant } from './literal.ts'
import type { BoundManyRows, ValuesRow } from './node.ts'

export function isConstantRows(row: ValuesRow): row is BoundManyRows {
  return 'kind' in row
}

export function bindConstantRows(rows: ManyRows): BoundManyRows {
  if (rows.kind === 'parameter-rows') return rows
  const { kind, width, wholeReals, parameterPlaces, parameterNumbers } = rows
  let values: readonly Value[] = rows.values
  if (wholeReals.length > 0) {
    const boxed: Value[] = rows.values.slice()
    for (const place of wholeReals) boxed[place] = realValue(rows.values[place] as number)
    values = boxed
  }
  return { kind, width, values, parameterPlaces, parameterNumbers }
}

/** How many rows these are. */
export function rowCount(rows: readonly ValuesRow[]): number {
  let count = 0
  for (const row of rows) count += isConstantRows(row) ? valueCount(row) / row.width : 1
  return count
}

/** How many values they have together. */
function valueCount(rows: BoundManyRows): number {
  return rows.kind === 'constant-rows' ? rows.values.length : rows.count
}

/**
 * An INSERT of constants into a table of whose rows nothing is computed: no pass of the optimizer finds anything in it but
 * minus signs before numbers.
 */
export function isConstantInsert(statement: BoundStatement): statement is BoundInsert {
  if (statement.kind !== 'insert') return false
  const { input, inputSource, materialize, target, values, rowid, returning } = statement
  const { table, checks, indexes } = target
  if (input.kind !== 'values' || input.source !== inputSource) return false
  if (materialize || returning !== null || checks.length > 0) return false
  if (statement.upserts.length > 0 || firesAny(statement)) return false
  if (target.victimKeys !== null || (statement.keys?.children.length ?? 0) > 0) return false
  if (table.autoincrement || table.withoutRowid) return false
  const isOfRow = (value: BoundExpression): boolean =>
    value.kind === 'column' && value.source === inputSource
  const isPlain = ({ index }: IndexTarget): boolean =>
    index.where === null && index.columns.every(({ column }) => column >= -1)
  return (
    indexes.every(isPlain) &&
    values.every((value) => value.kind === 'literal' || isOfRow(value)) &&
    (rowid === null || isOfRow(rowid)) &&
    input.rows.every((row) => isConstantRows(row) || row.every(isConstantTerm))
  )
}

function isConstantTerm(term: BoundExpression): boolean {
  if (term.kind === 'negate') return term.operand.kind === 'literal'
  return isConstant(term)
}
