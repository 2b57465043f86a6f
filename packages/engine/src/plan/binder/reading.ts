/**
 * A column of REAL affinity delivers no INTEGER, and a column of a compound has an affinity although its arms may
 * deliver anything: `SELECT real UNION ALL SELECT 7`. So the columns of a compound that is read as a table are
 * converted on the way. (`sqlite3SubqueryColumnTypes`, `OP_RealAffinity`)
 */
import { realAffinity } from '../../runtime/index.ts'
import type { BoundColumn, BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import type { Binder, BoundSelect, SelectColumn } from './binder.ts'

/** The query as a table is read: with a projection on top where a column has to be converted. */
export function readAsTable(b: Binder, select: BoundSelect): BoundSelect {
  const { plan, source, columns } = select
  const converts = columns.map(({ affinity }, i) => affinity === 'real' && mayDeliverOther(plan, i))
  if (!converts.includes(true)) return select
  const read = b.newSource()
  const project: PlanNode = {
    kind: 'project',
    source: read,
    input: plan,
    columns: columns.map((column, i) => {
      const bound = columnOver(source, i, column)
      return converts[i] ? asReal(bound) : bound
    }),
  }
  return { plan: project, source: read, columns }
}

function columnOver(source: SourceId, column: number, { name, ...of }: SelectColumn): BoundColumn {
  const affinity = of.affinity ?? 'blob'
  return { kind: 'column', source, column, name, affinity, collation: of.collation ?? 'BINARY' }
}

function asReal(operand: BoundExpression): BoundExpression {
  return { kind: 'function', function: realAffinity, args: [operand], collation: 'BINARY' }
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
