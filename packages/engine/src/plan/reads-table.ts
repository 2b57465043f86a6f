/** Whether a plan reads a table anywhere, subqueries included. */
import type { Table } from '../schema/index.ts'
import type { PlanNode } from './node.ts'
import { visitorOf } from './walk/visit.ts'

export function readsTable(plan: PlanNode, table: Table): boolean {
  let found = false
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind === 'scan' && isSameTable(node.table, table)) found = true
    },
  })
  visitor.node(plan)
  return found
}

/**
 * Whether a query names a table in its own FROM, not in that of a query inside it; of a compound the last one counts.
 * (`sqlite3ReturningSubqueryCorrelated`)
 */
export function namesTable(plan: PlanNode, table: Table): boolean {
  switch (plan.kind) {
    case 'scan':
      return isSameTable(plan.table, table)
    case 'join':
    case 'outer-join':
      return namesTable(plan.left, table) || namesTable(plan.right, table)
    case 'compound':
      return namesTable(plan.right, table)
    case 'recursive':
      return namesTable(plan.step, table)
    case 'derived':
    case 'values':
    case 'single-row':
      return false
    default:
      return namesTable(plan.input, table)
  }
}

/** Two databases may have tables with the same root. */
export function isSameTable(a: Table, b: Table): boolean {
  return a.root === b.root && a.database === b.database
}
