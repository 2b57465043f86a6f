/** IN: with a list, a query or a table. (SQL Language Expressions §8) */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { callsFunction } from '../../sql/index.ts'
import type {
  Expression,
  InExpression,
  InTable,
  Select,
  TableFunction,
  TableName,
} from '../../sql/index.ts'
import type { BoundExpression, ComparisonRule } from '../expression.ts'
import type { Scope } from '../scope.ts'
import { visitExpression } from '../walk/visit.ts'
import { columnCountError, type Binder, type SelectColumn, type Side } from './binder.ts'
import { comparisonRule, listRule, ruleOf, sideOf } from './comparison.ts'
import { unfitRow } from './mistakes.ts'
import { bindRow, isRow, rowMisused, type RowElement } from './row-value.ts'
import { bindSubquery, subqueryOf, type BoundSubquery } from './subquery.ts'

export function bindIn(b: Binder, e: InExpression, scope: Scope): BoundExpression {
  const { source } = e
  switch (source.kind) {
    case 'list':
      return bindInList(b, e, source.items, scope)
    case 'select':
      return bindInQuery(b, e, source.select, scope)
    case 'table':
      return bindInQuery(b, e, wholeTable(b, source, e), scope)
    default:
      return source satisfies never
  }
}

function bindInQuery(b: Binder, e: InExpression, select: Select, scope: Scope): BoundExpression {
  let operands: readonly RowElement[]
  try {
    operands = bindRow(b, e.operand, scope)
  } catch (error) {
    // SQLite looks at the query before the left side.
    bindSubquery(b, select, scope)
    throw error
  }
  return inQuery(b, e, operands, bindSubquery(b, select, scope))
}

function bindInList(
  b: Binder,
  e: InExpression,
  items: readonly Expression[],
  scope: Scope,
): BoundExpression {
  if (items.length === 0) return inNothing(b, e, scope)
  if (isRow(e.operand)) {
    const operands = bindRow(b, e.operand, scope)
    const mistake =
      operands.length > 1 && e.operand.kind !== 'row'
        ? queriedInList(b, operands, items, scope)
        : null
    if (mistake !== null) return unfitRow(b.mistakes, e, mistake)
    if (operands.length > 1)
      return inQuery(b, e, operands, rowsOf(b, operands.length, items, scope))
  }
  const operand = b.expression(b, e.operand, scope)
  const rule = b.known(listRule(sideOf(b, e.operand, operand)))
  const bound = items.map((item) => b.expression(b, item, scope))
  return { kind: 'in-list', operand, items: bound, rule, negated: e.negated }
}

/**
 * The row of a query may be compared with one query, but with no list: of one constant SQLite makes an equality, and all others ask for one column.
 * (`sqlite3ExprCheckIN`)
 */
function queriedInList(
  b: Binder,
  operands: readonly RowElement[],
  items: readonly Expression[],
  scope: Scope,
): SqliteError | null {
  const [first] = items
  if (items.length === 1 && first!.kind === 'subquery') return null
  const bound = items.flatMap((item) => bindRow(b, item, scope))
  if (items.length === 1 && bound.every((one) => isConstant(one.bound))) throw rowMisused()
  return columnCountError(operands.length, 1)
}

/** No column, no query, and no function that changes. (`sqlite3ExprIsConstant`) */
function isConstant(e: BoundExpression): boolean {
  let result = true
  visitExpression(e, (part) => {
    if (changing.has(part.kind)) result = false
    if (part.kind === 'function' && !part.function.deterministic) result = false
  })
  return result
}

const changing: ReadonlySet<BoundExpression['kind']> = new Set([
  'column',
  'scalar-query',
  'exists',
  'in-query',
])

/** Nothing is in an empty list, not even NULL, nor a name that means nothing here. A function must be one. */
function inNothing(b: Binder, e: InExpression, scope: Scope): BoundExpression {
  const { start, end, operand, negated } = e
  const answer: Expression = { kind: 'integer', value: negated ? 1 : 0, start, end }
  const isCalled = callsFunction(operand)
  if (isCalled && isRow(operand)) bindRow(b, operand, scope)
  if (!isCalled || isRow(operand)) return b.expression(b, answer, scope)
  const operator = negated ? 'OR' : 'AND'
  const both: Expression = { kind: 'binary', operator, left: answer, right: operand, start, end }
  const bound = b.expression(b, both, scope)
  // As a term of WHERE the answer stands alone.
  return bound.kind === 'literal' ? { kind: 'literal', value: bound.value } : bound
}

/** A list of row values is a query of so many rows. */
function rowsOf(
  b: Binder,
  size: number,
  items: readonly Expression[],
  scope: Scope,
): BoundSubquery {
  const rows = items.map((item) => {
    const row = bindRow(b, item, scope)
    if (row.length !== size) {
      const terms = row.length === 1 ? 'term' : 'terms'
      throw sqlError(`IN(...) element has ${row.length} ${terms} - expected ${size}`)
    }
    return row.map((element) => element.bound)
  })
  const source = b.newSource()
  const columns = Array.from({ length: size }, (_, i): SelectColumn => ({
    name: `column${i + 1}`,
    affinity: null,
    collation: null,
    isExplicit: false,
    origin: null,
    asValue: { affinity: null, collation: null, isExplicit: false },
  }))
  return { query: subqueryOf(b, { kind: 'values', source, rows }, source, columns), columns }
}

function inQuery(
  b: Binder,
  e: InExpression,
  operands: readonly RowElement[],
  { query, columns }: BoundSubquery,
): BoundExpression {
  if (columns.length !== operands.length) {
    return unfitRow(b.mistakes, e, columnCountError(columns.length, operands.length))
  }
  const rules: ComparisonRule[] = operands.map((operand, i) =>
    b.known(queryRule(operand.side, columns[i]!.asValue)),
  )
  return {
    kind: 'in-query',
    operands: operands.map((operand) => operand.bound),
    query,
    rules,
    negated: e.negated,
  }
}

/** As other comparisons, but that a side without affinity takes on REAL, where the other one has it. (`exprINAffinity`) */
function queryRule(operand: Side, column: Side): ComparisonRule {
  const rule = comparisonRule(operand, column)
  const { leftAffinity, rightAffinity, collation } = rule
  if (operand.affinity === null && column.affinity === 'real')
    return ruleOf('real', rightAffinity, collation)
  if (operand.affinity === 'real' && column.affinity === null)
    return ruleOf(leftAffinity, 'real', collation)
  return rule
}

/** What `x IN t` asks, as it would stand in FROM. */
export function tableOfIn({ schema, name, args }: InTable): TableName | TableFunction {
  return args === null
    ? { kind: 'table', schema, name, alias: null, indexedBy: null }
    : { kind: 'table-function', schema, name, alias: null, args }
}

/** `x IN t` is `x IN (SELECT * FROM t)`. */
function wholeTable(b: Binder, written: InTable, span: InExpression): Select {
  const { start, end } = span
  const { number } = written
  const table = tableOfIn(written)
  if (table.kind === 'table') b.writtenNames?.stands(table, written)
  return {
    kind: 'select',
    with: null,
    first: {
      kind: 'select-core',
      distinct: false,
      columns: [{ kind: 'star' }],
      from: { first: table, joins: [] },
      where: null,
      groupBy: [],
      having: null,
      windows: [],
      number,
      start,
      end,
    },
    compounds: [],
    orderBy: [],
    limit: null,
    offset: null,
    start,
    end,
  }
}
