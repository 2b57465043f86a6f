/** Queries inside expressions. */
import type { Select } from '../../sql/index.ts'
import type { BoundExpression, Subquery } from '../expression.ts'
import { freeSources } from '../optimizer/sources.ts'
import type { PlanNode } from '../plan-node.ts'
import type { Scope } from '../scope.ts'
import { columnCountError, type Binder, type SelectColumn } from './binder.ts'
import { checkAllowed } from './prohibited.ts'

export interface BoundSubquery {
  readonly query: Subquery
  readonly columns: readonly SelectColumn[]
}

/** A query in an expression of `scope`, whose names it may use. */
export function bindSubquery(b: Binder, select: Select, scope: Scope): BoundSubquery {
  checkAllowed('subqueries', scope)
  const { plan, source, columns } = b.select(b, select, scope)
  return { query: subqueryOf(b, plan, source, columns), columns }
}

/** For EXISTS neither the order of the rows nor their being distinct matters, so neither is made. (`IgnorableOrderby`) */
export function bindExists(b: Binder, select: Select, scope: Scope): Subquery {
  checkAllowed('subqueries', scope)
  const { plan, source, columns } = b.select(b, select, scope)
  return subqueryOf(b, withoutOrder(plan), source, columns)
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

/** A plan as a subquery. */
export function subqueryOf(
  b: Binder,
  plan: PlanNode,
  source: number,
  columns: readonly SelectColumn[],
): Subquery {
  const query: Subquery = {
    id: b.newSubqueryId(),
    plan,
    source,
    columnCount: columns.length,
    outerSources: [...freeSources(plan)],
  }
  b.noteSubquery(query, columns)
  return query
}

/** `(SELECT x …)` as a scalar. */
export function bindScalarSubquery(b: Binder, select: Select, scope: Scope): BoundExpression {
  const { query, columns } = bindSubquery(b, select, scope)
  if (columns.length !== 1) throw columnCountError(columns.length, 1)
  return { kind: 'scalar-query', query, column: 0 }
}
