/** PRAGMA reverse_unordered_selects: the loops of a block run backwards. (`revMask` of where.c) */
import type { Access, PlanNode } from '../node.ts'

/** The block whose root is `node` with all of its scans turned round; what stands in FROM by itself stays as it is. */
export function withReversedScans(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'scan':
      return { ...node, access: reversedAccess(node.access) }
    case 'filter':
      return { ...node, input: withReversedScans(node.input) }
    case 'join':
      return {
        ...node,
        left: withReversedScans(node.left),
        right: withReversedScans(node.right),
      }
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
    case 'any':
      return {
        ...access,
        arms: access.arms.map((arm) => ({ ...arm, access: reversedAccess(arm.access) })),
      }
    case 'rowid':
    case 'rowid-in':
    case 'hash':
    case 'virtual':
      return access
    default:
      return access satisfies never
  }
}
