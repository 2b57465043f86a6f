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

/** Two databases may have tables with the same root. */
export function isSameTable(a: Table, b: Table): boolean {
  return a.root === b.root && a.database === b.database
}
