/** Plans of which it is known by their shape that a run delivers one row at most. */
import type { PlanNode } from './node.ts'

export function deliversAtMostOneRow(node: PlanNode): boolean {
  switch (node.kind) {
    case 'single-row':
      return true
    case 'scan':
      return node.access.kind === 'rowid'
    case 'values':
      return node.rows.length === 0 || (node.rows.length === 1 && Array.isArray(node.rows[0]))
    case 'filter':
    case 'project':
    case 'distinct':
    case 'sort':
    case 'limit':
    case 'window':
      return deliversAtMostOneRow(node.input)
    case 'derived':
      return node.hash === null && deliversAtMostOneRow(node.input)
    case 'aggregate':
      return node.groupBy.length === 0 || deliversAtMostOneRow(node.input)
    case 'join':
      return deliversAtMostOneRow(node.left) && deliversAtMostOneRow(node.right)
    case 'outer-join':
    case 'compound':
    case 'recursive':
      return false
    default:
      return node satisfies never
  }
}
