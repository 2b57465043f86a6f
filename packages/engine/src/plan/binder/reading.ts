/**
 * A column of REAL affinity delivers no INTEGER, and a column of a compound has an affinity although its arms may
 * deliver anything: `SELECT real UNION ALL SELECT 7`. So the columns of a compound that is read as a table are
 * converted on the way. (`sqlite3SubqueryColumnTypes`, `OP_RealAffinity`)
 */
import type { PlanNode } from '../node.ts'
import type { BoundSelect } from './binder.ts'

/** The query as a table is read: its compound knows which columns are converted. */
export function readAsTable(select: BoundSelect): BoundSelect {
  const { plan, columns } = select
  const reals = columns.map(({ affinity }, i) => affinity === 'real' && mayDeliverOther(plan, i))
  return reals.includes(true) ? { ...select, plan: converting(plan, reals) } : select
}

function converting(plan: PlanNode, reals: readonly boolean[]): PlanNode {
  switch (plan.kind) {
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'filter':
      return { ...plan, input: converting(plan.input, reals) }
    case 'compound':
    case 'recursive':
      return { ...plan, reals }
    default:
      return plan
  }
}

/** Whether a column of a compound can hold an INTEGER. (A query that is none computes what its affinity promises.) */
function mayDeliverOther(plan: PlanNode, column: number): boolean {
  switch (plan.kind) {
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'filter':
      return mayDeliverOther(plan.input, column)
    case 'compound':
      return !isReal(plan.left, column) || !isReal(plan.right, column)
    case 'recursive':
      return !isReal(plan.setup, column) || !isReal(plan.step, column)
    default:
      return false
  }
}

function isReal(arm: PlanNode, column: number): boolean {
  if (arm.kind === 'compound') return isReal(arm.left, column) && isReal(arm.right, column)
  if (arm.kind === 'distinct') return isReal(arm.input, column)
  if (arm.kind !== 'project') return false
  const expression = arm.columns[column]!
  return (
    (expression.kind === 'column' || expression.kind === 'cast') && expression.affinity === 'real'
  )
}
