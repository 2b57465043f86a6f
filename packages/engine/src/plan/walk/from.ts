/** The walkers over a FROM clause: what is joined and filtered, down to what stands in it. */
import type { PlanNode } from '../node.ts'

/** Each node that stands in the FROM clause whose root is `node`: neither a join nor a filter. */
export function visitFrom(node: PlanNode, visit: (leaf: PlanNode) => void): void {
  switch (node.kind) {
    case 'filter':
      visitFrom(node.input, visit)
      return
    case 'join':
    case 'outer-join':
      visitFrom(node.left, visit)
      visitFrom(node.right, visit)
      return
    default:
      visit(node)
  }
}

/** The clause with what stands in it mapped; the same one where nothing changes. */
export function mapFrom(node: PlanNode, map: (leaf: PlanNode) => PlanNode): PlanNode {
  switch (node.kind) {
    case 'filter': {
      const input = mapFrom(node.input, map)
      return input === node.input ? node : { ...node, input }
    }
    case 'join':
    case 'outer-join': {
      const left = mapFrom(node.left, map)
      const right = mapFrom(node.right, map)
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    default:
      return map(node)
  }
}
