/** PRAGMA reverse_unordered_selects: tables are run through backwards where no order is wanted. */
import type { Access, PlanNode } from '../node.ts'

/** The loops of one FROM clause, each the other way round. */
export function reversedScans(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'scan':
      return { ...node, access: reversedAccess(node.access) }
    case 'filter':
      return { ...node, input: reversedScans(node.input) }
    case 'join':
      return { ...node, left: reversedScans(node.left), right: reversedScans(node.right) }
    default:
      return node
  }
}

function reversedAccess(access: Access): Access {
  switch (access.kind) {
    case 'full':
    case 'rowid-range':
    case 'index':
      return { ...access, reverse: !access.reverse }
    default:
      return access
  }
}
