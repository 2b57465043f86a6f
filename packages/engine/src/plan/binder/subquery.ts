/** Queries inside expressions. */
import type { ScalarSubquery, Select } from '../../sql/index.ts'
import type { BoundExpression, Subquery } from '../expression.ts'
import { freeSources } from '../optimizer/sources.ts'
import type { PlanNode } from '../node.ts'
import { namesTable } from '../reads-table.ts'
import type { Scope } from '../scope.ts'
import { columnCountError, type Binder, type SelectColumn } from './binder.ts'
import { affinityOf, comparisonRule } from './comparison.ts'
import { unfitRow } from './mistakes.ts'
import { checkAllowed } from './prohibited.ts'

export interface BoundSubquery {
  readonly query: Subquery
  readonly columns: readonly SelectColumn[]
}

/** A query in an expression of `scope`, whose names it may use. */
export function bindSubquery(b: Binder, select: Select, scope: Scope): BoundSubquery {
  checkAllowed('subqueries', scope)
  const { plan, source, columns } = b.select(b, select, scope)
  return { query: subqueryOf(b, plan, source, columns, numberOf(select)), columns }
}

/** A query whose first row is a value, or a row of them. */
export function bindRowSubquery(b: Binder, select: Select, scope: Scope): BoundSubquery {
  checkAllowed('subqueries', scope)
  const { plan, source, columns } = b.select(b, select, scope)
  const first = firstRowOnly(b, plan)
  return { query: subqueryOf(b, first, source, columns, numberOf(select)), columns }
}

/** For EXISTS neither the order of the rows nor their being distinct matters, so neither is made. (`IgnorableOrderby`) */
export function bindExists(b: Binder, select: Select, scope: Scope): Subquery {
  checkAllowed('subqueries', scope)
  const { plan, source, columns } = b.select(b, select, scope)
  const first = withoutOrder(firstRowOnly(b, plan))
  return subqueryOf(b, first, source, columns, numberOf(select))
}

/**
 * Only whether there is a first row counts, so a limit of so many rows becomes one of none or one: any value is
 * allowed, as long as it can be compared with zero. (`sqlite3CodeSubselect`)
 */
function firstRowOnly(b: Binder, plan: PlanNode): PlanNode {
  if (plan.kind !== 'limit') return plan
  const { limit } = plan
  const rule = comparisonRule(
    { affinity: affinityOf(b, limit), collation: null, isExplicit: false },
    { affinity: 'numeric', collation: null, isExplicit: false },
  )
  const zero: BoundExpression = { kind: 'literal', value: 0 }
  return { ...plan, limit: { kind: 'compare', operator: '<>', left: limit, right: zero, rule } }
}

function withoutOrder(plan: PlanNode): PlanNode {
  switch (plan.kind) {
    case 'limit': {
      const input = withoutOrder(plan.input)
      return input === plan.input ? plan : { ...plan, input }
    }
    case 'sort':
    case 'distinct':
      return withoutOrder(plan.input)
    default:
      return plan
  }
}

/** A compound goes by the last of its SELECTs. */
export function numberOf({ first, compounds }: Select): number | undefined {
  return (compounds.at(-1)?.core ?? first).number
}

/** A plan as a subquery. @param number in the text */
export function subqueryOf(
  b: Binder,
  plan: PlanNode,
  source: number,
  columns: readonly SelectColumn[],
  number?: number,
): Subquery {
  const isVolatile = b.changing !== null && namesTable(plan, b.changing)
  const query: Subquery = {
    id: b.newSubqueryId(),
    ...(number !== undefined && { number }),
    plan,
    source,
    columnCount: columns.length,
    outerSources: [...freeSources(plan)],
    ...(isVolatile && { isVolatile }),
  }
  b.noteSubquery(query, columns)
  return query
}

/** `(SELECT x …)` as a scalar. */
export function bindScalarSubquery(b: Binder, e: ScalarSubquery, scope: Scope): BoundExpression {
  const { query, columns } = bindRowSubquery(b, e.select, scope)
  if (columns.length !== 1) return unfitRow(b.mistakes, e, columnCountError(columns.length, 1))
  return { kind: 'scalar-query', query, column: 0 }
}
