/**
 * A LEFT JOIN whose NULL rows a later condition throws away anyway is an inner join: its sides may then change
 * places, and its ON may be an access path. So is such a RIGHT JOIN, and a FULL JOIN is a LEFT or a RIGHT one. (The SQLite Query Optimizer Overview, "OUTER JOIN strength reduction")
 */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { JoinNode, OuterJoinNode, PlanNode } from '../node.ts'
import { conjunctsOf } from '../conditions.ts'
import { addVisibleSources, freeSources } from './sources.ts'
import { rewritePlan } from '../walk/rewrite.ts'

export function strengthenJoins(plan: PlanNode): PlanNode {
  return rewritePlan(plan, {
    node: (node) => {
      if (node.kind === 'join' || node.kind === 'outer-join') return strengthen(node, [])
      if (node.kind !== 'filter') return node
      const input = strengthen(node.input, conjunctsOf(node.condition))
      return input === node.input ? node : { ...node, input }
    },
  })
}

/** `conditions` hold for every row that is kept of what `node` delivers. */
function strengthen(node: PlanNode, conditions: readonly BoundExpression[]): PlanNode {
  if (node.kind === 'filter') {
    const input = strengthen(node.input, [...conditions, ...conjunctsOf(node.condition)])
    return input === node.input ? node : { ...node, input }
  }
  if (node.kind === 'outer-join') return strengthenOuter(node, conditions)
  if (node.kind !== 'join') return node
  let type: JoinNode['type'] = node.type
  if (type === 'left') {
    const optional = new Set<SourceId>()
    addVisibleSources(node.right, optional)
    if (conditions.some((condition) => rejectsNulls(condition, optional))) type = 'inner'
  }
  const own = type !== 'left' && node.on !== null ? conjunctsOf(node.on) : []
  const all = [...conditions, ...own]
  const left = strengthen(node.left, all)
  const right = type === 'left' ? node.right : strengthen(node.right, all)
  if (type === node.type && left === node.left && right === node.right) return node
  return { ...node, type, left, right }
}

/**
 * A table-valued function whose arguments name the left side has no rows but those that it makes for a row of that side: none of them is left over.
 */
function isLateral({ left, right }: OuterJoinNode): boolean {
  const sources = new Set<SourceId>()
  addVisibleSources(left, sources)
  return [...freeSources(right)].some((source) => sources.has(source))
}

function strengthenOuter(node: OuterJoinNode, conditions: readonly BoundExpression[]): PlanNode {
  const { left, right, on } = node
  if (isLateral(node)) {
    const type = node.type === 'full' ? 'left' : 'inner'
    return strengthen({ kind: 'join', type, left, right, on }, conditions)
  }
  const rejects = (side: PlanNode): boolean => {
    const sources = new Set<SourceId>()
    addVisibleSources(side, sources)
    return conditions.some((condition) => rejectsNulls(condition, sources))
  }
  const needsLeft = rejects(left)
  const needsRight = node.type === 'right' || rejects(right)
  if (needsLeft) {
    const type = needsRight ? 'inner' : 'left'
    return strengthen({ kind: 'join', type, left, right, on }, conditions)
  }
  if (!needsRight) return node
  // A row of the left side is there where it matches; what rejects NULLs of a part of that side would reject those of all of it.
  const strongLeft = strengthen(left, on === null ? [] : conjunctsOf(on))
  const strongRight = strengthen(right, conditions)
  if (node.type === 'right' && strongLeft === left && strongRight === right) return node
  return { ...node, type: 'right', left: strongLeft, right: strongRight }
}

/** The condition is not true where all columns of `sources` are NULL. */
function rejectsNulls(condition: BoundExpression, sources: ReadonlySet<SourceId>): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.operands.some((operand) => rejectsNulls(operand, sources))
    case 'or':
      return condition.operands.every((operand) => rejectsNulls(operand, sources))
    case 'is-null':
      return condition.negated && isNullWith(condition.operand, sources)
    case 'is-truth':
      // x IS TRUE, x IS FALSE: not for NULL.
      return !condition.negated && isNullWith(condition.operand, sources)
    case 'in-list':
      return isNullWith(condition.operand, sources) && condition.items.length > 0
    case 'in-query':
      return !condition.negated && condition.operands.some((o) => isNullWith(o, sources))
    default:
      return isNullWith(condition, sources)
  }
}

/** The expression is NULL where all columns of `sources` are. */
function isNullWith(expression: BoundExpression, sources: ReadonlySet<SourceId>): boolean {
  switch (expression.kind) {
    case 'column':
      return sources.has(expression.source)
    case 'literal':
      return expression.value === null
    case 'negate':
    case 'bit-not':
    case 'not':
    case 'cast':
      return isNullWith(expression.operand, sources)
    case 'arithmetic':
      return isNullWith(expression.left, sources) || isNullWith(expression.right, sources)
    case 'compare':
      if (expression.operator === 'IS' || expression.operator === 'IS NOT') return false
      return isNullWith(expression.left, sources) || isNullWith(expression.right, sources)
    case 'between':
      return isNullWith(expression.operand, sources)
    case 'in-list':
      return expression.items.length > 0 && isNullWith(expression.operand, sources)
    case 'function': {
      const { name, isUsers } = expression.function
      // One that the application has put in its place may answer anything.
      if (isUsers) return false
      const isStrict = name === 'like' || name === 'glob' || name === 'abs' || name === 'length'
      return isStrict && expression.args.some((arg) => isNullWith(arg, sources))
    }
    default:
      return false
  }
}
