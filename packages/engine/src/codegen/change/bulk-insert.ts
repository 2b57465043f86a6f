/**
 * INSERT of many rows of constants, without a program of its own: a bulk insert is mostly run once, and what emitting, compiling
 * and warming up a program costs is then more than the rows. Where a row turns out to need more than to be stored, the
 * program is emitted after all.
 */
import { isConstant, isConstantInsert, isConstantRows } from '../../plan/index.ts'
import type { BoundExpression, BoundInsert } from '../../plan/index.ts'
import {
  takesAll,
  takesBlob,
  takesInteger,
  takesNull,
  takesReal,
  takesText,
} from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { BulkInsert } from '../../runtime/index.ts'
import type { AppendedColumn, AppendedRows, ExecutionContext } from '../../runtime/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import { Constants } from '../source/constants.ts'
import { anyInteger, blobKind, rawKind, textKind } from '../source/kinds.ts'
import { strictKinds } from './strict-types.ts'

/** What runs the statement, answering false where its program has to; null: it is none of these. */
export function bulkInsert(
  statement: BoundInsert,
  context: ExecutionContext,
): ((params: readonly Value[]) => boolean) | null {
  const { input, target } = statement
  if (statement.keys !== null || target.victimKeys !== null) return null
  if (!isConstantInsert(statement) || input.kind !== 'values') return null
  if (target.generated.length > 0) return null
  if (!input.rows.some(isConstantRows) || expectsConflicts(statement)) return null
  const constants = new Constants()
  for (const row of input.rows) {
    if (isConstantRows(row)) {
      constants.addPiece(row)
      continue
    }
    for (const term of row) {
      if (!isConstant(term)) return null
      constants.add(term)
    }
  }
  const rows = appendedRows(statement)
  const { table } = target
  const database = table.database === 'main' ? context : context.database(table.database)
  const bulk = new BulkInsert(context, database, table, rows)
  const valuesOf = constants.reader()
  return (params) => bulk.run(valuesOf(params))
}

/** Who says what becomes of conflicts has some: rows would be stored in vain. */
function expectsConflicts({ orAction, rowid, target }: BoundInsert): boolean {
  if (orAction === null || orAction === 'ABORT') return false
  return rowid !== null || target.indexes.some(({ index }) => index.unique)
}

/** How the constants become rows of the table. */
function appendedRows(statement: BoundInsert): AppendedRows {
  const { input, inputSource, target, values, rowid } = statement
  const { table } = target
  const placeOf = (value: BoundExpression): number =>
    value.kind === 'column' && value.source === inputSource ? value.column : -1
  const columns = values.map((value, i): AppendedColumn => {
    const column = table.columns[i]!
    const place = placeOf(value)
    const constant = value.kind === 'literal' ? value.value : null
    if (i === table.rowidAlias)
      return { place: -1, constant: null, affinity: 'blob', takes: takesAll }
    return { place, constant, affinity: column.affinity, takes: taken(table, column) }
  })
  const [first] = input.kind === 'values' ? input.rows : []
  const width = first === undefined ? 0 : isConstantRows(first) ? first.width : first.length
  return { width, columns, rowidPlace: rowid === null ? -1 : placeOf(rowid) }
}

/** The storage classes that a column keeps. */
function taken(table: Table, column: Column): number {
  const all = column.notNull === null ? takesAll : takesAll & ~takesNull
  if (!table.strict) return all
  const kinds = strictKinds(column.type)
  // A REAL column keeps whole numbers as INTEGER.
  const unfit =
    ((kinds & (anyInteger | rawKind)) !== 0 ? 0 : takesInteger) |
    ((kinds & rawKind) !== 0 ? 0 : takesReal) |
    ((kinds & textKind) !== 0 ? 0 : takesText) |
    ((kinds & blobKind) !== 0 ? 0 : takesBlob)
  return all & ~unfit
}
