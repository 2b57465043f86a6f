/** VALUES: rows that are written out, and the affinities of their columns. (VALUES; `sqlite3MultiValues`) */
import { assert } from '../../base/assert.ts'
import { sqlError } from '../../base/error.ts'
import { isConstantRows } from '../../sql/index.ts'
import type { Expression, ValuesClause } from '../../sql/index.ts'
import { bindConstantRows, isConstantRows as isManyRows } from '../constant-rows.ts'
import type { BoundExpression } from '../expression.ts'
import type { ValuesRow } from '../node.ts'
import { Scope } from '../scope.ts'
import { visitExpression } from '../walk/visit.ts'
import type { Binder } from './binder.ts'
import { affinityOf, collationOf, explicitCollation } from './comparison.ts'
import { laterMistake } from './mistakes.ts'
import { checkAllowed } from './prohibited.ts'
import { compoundAffinity } from './result-affinity.ts'
import { innerName, type ResultItem } from './result-column.ts'
import type { BoundCore } from './select-core.ts'

export function bindValues(b: Binder, values: ValuesClause, parent: Scope | null): BoundCore {
  const scope = new Scope(parent)
  const source = b.newSource()
  const first = values.rows[0]!
  assert(!isConstantRows(first), 'the first row is written out')
  const written: BoundExpression[][] = []
  const writtenRows: (readonly Expression[])[] = []
  const bindRow = (row: readonly Expression[]): BoundExpression[] =>
    row.map((expression) => b.expression(b, expression, scope))
  let isUneven = false
  const rows = values.rows.map((row, place): ValuesRow => {
    if (isConstantRows(row)) {
      const isConstant = row.kind === 'constant-rows' && row.parameterPlaces.length === 0
      if (!isConstant) checkAllowed('parameters', scope)
      return bindConstantRows(row)
    }
    isUneven ||= row.length !== first.length
    let bound: BoundExpression[]
    try {
      bound = bindRow(row)
    } catch (error) {
      const behind = values.rows
        .slice(place + 1)
        .flatMap((one) => (isConstantRows(one) ? [] : [one]))
      throw laterMistake(b.mistakes, behind.length, (i) => bindRow(behind.at(-1 - i)!)) ?? error
    }
    written.push(bound)
    writtenRows.push(row)
    return bound
  })
  // Their columns are counted when all their names are known.
  if (isUneven) throw sqlError('all VALUES must have the same number of terms')
  const isAffine =
    rows.length > 1 && written.some((row) => row.some((e) => affinityOf(b, e) !== null))
  const items = first.map((ast, i): ResultItem => {
    const bound = written[0]![i]!
    const item = {
      name: `column${i + 1}`,
      columnName: innerName(b, ast, bound) ?? `column${i + 1}`,
      alias: null,
      // Several rows are a table of their own, of which nothing is known. (`sqlite3MultiValues`)
      ast: rows.length === 1 ? ast : null,
      bound,
      affinity: rows.length === 1 ? affinityOf(b, bound) : null,
      collation: collationOf(b, ast, bound),
      isExplicit: b.hasCollate && explicitCollation(b, ast) !== null,
      origin: null,
    }
    return isAffine
      ? { ...item, ...affinitiesOfRows(b, item, i, rows, written, writtenRows) }
      : item
  })
  return { plan: { kind: 'values', source, rows }, source, items, scope: null }
}

/**
 * Where rows have affinities of their own, several of them are a compound, but constant ones behind one without affinity are a table of which nothing is known.
 * In views, and beside WITH, all of them are a compound. (`sqlite3MultiValues`)
 */
function affinitiesOfRows(
  b: Binder,
  item: ResultItem,
  column: number,
  rows: readonly ValuesRow[],
  written: readonly (readonly BoundExpression[])[],
  writtenRows: readonly (readonly Expression[])[],
): Pick<ResultItem, 'affinity' | 'asValue'> {
  const unknown: ResultItem = { ...item, ast: null, affinity: null }
  const isCompound = b.withFrame !== null || b.isInText
  const arms: ResultItem[] = []
  let next = 0
  /** What stands before is a row that may begin such a table, or one of its rows. */
  let isPlain = false
  for (const row of rows) {
    const bound = isManyRows(row) ? null : written[next]!
    const isConstantRow = bound === null || bound.every(isConstantCell)
    if (isPlain && isConstantRow && !isCompound) arms[arms.length - 1] = unknown
    else if (bound === null) arms.push(unknown)
    else {
      const cell = bound[column]!
      arms.push({
        ...item,
        ast: writtenRows[next]![column]!,
        bound: cell,
        affinity: affinityOf(b, cell),
      })
      isPlain = isConstantRow && bound.every((e) => affinityOf(b, e) === null)
    }
    if (bound !== null) next++
    else isPlain = true
  }
  const last = arms.at(-1)!.affinity
  return {
    affinity: compoundAffinity(b, arms),
    asValue: { ...item, affinity: last, isMixed: true },
  }
}

/** A constant to who has only read it: no function is known yet. (`sqlite3ExprIsConstant`) */
function isConstantCell(e: BoundExpression): boolean {
  let isConstant = true
  visitExpression(e, (part) => {
    if (changing.has(part.kind)) isConstant = false
  })
  return isConstant
}

const changing: ReadonlySet<BoundExpression['kind']> = new Set([
  'column',
  'function',
  'scalar-query',
  'exists',
  'in-query',
])
